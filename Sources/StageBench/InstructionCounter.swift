import CFloors

/// The processor's own count of instructions, in user space and of one thread, where the kernel gives it: most virtual
/// machines do not.
struct InstructionCounter: ~Copyable {
    private let counter = parley_instructions_open()

    var isAvailable: Bool { counter >= 0 }
    var value: UInt64 { parley_instructions_read(counter) }

    deinit { parley_instructions_close(counter) }
}
