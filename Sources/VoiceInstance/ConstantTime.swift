enum ConstantTime {
    /// Takes as long for texts that differ at once as for those that differ at the end.
    static func isEqual(_ secret: String, _ guess: String) -> Bool {
        let (secret, guess) = (Array(secret.utf8), Array(guess.utf8))
        var difference = secret.count ^ guess.count
        for (index, byte) in guess.enumerated() {
            difference |= Int((secret.isEmpty ? 0 : secret[index % secret.count]) ^ byte)
        }
        return difference == 0
    }
}
