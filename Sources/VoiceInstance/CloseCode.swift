/// Why a connection of the voice gateway is closed: Discord's numbers.
public enum CloseCode: UInt16, Sendable, Hashable, CaseIterable {
    case unknownOpcode = 4001
    /// Not JSON, or not of the shape that its opcode asks for.
    case undecodable = 4002
    /// Something else came before identify.
    case notAuthenticated = 4003
    case authenticationFailed = 4004
    case alreadyAuthenticated = 4005
    /// To be told by a client: identify anew.
    case sessionInvalid = 4006
    /// No heartbeat, or no identify, in time. The session may be resumed.
    case sessionTimeout = 4009
    /// The guild is not served here.
    case serverNotFound = 4011
    /// Neither `udp`, nor a version of the gateway that is spoken here.
    case unknownProtocol = 4012
    /// Kicked, moved, or refused for want of room: do not reconnect, wait for the main gateway.
    case disconnected = 4014
    /// The voice server goes away: resume.
    case serverCrashed = 4015
    case unknownMode = 4016
    case badRequest = 4020
    case rateLimited = 4021
    /// The channel is gone, or the guild went elsewhere: do not reconnect, wait for the main gateway.
    case callTerminated = 4022
}
