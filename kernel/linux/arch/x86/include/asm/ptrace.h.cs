// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The registers at the time of a fault: only what tells user from kernel mode, and what the kernel does about a bad access.
public struct pt_regs
{
    /// <summary>Out: set when the kernel's access failed and has to be given up.</summary>
    public bool fixed_up;
    public ulong ip;
    public ushort cs;
    public ulong flags;
    public ulong sp;
}

public static unsafe partial class asm_ptrace_h
{
    public const ushort __KERNEL_CS = 2 * 8;
    public const ushort __USER_CS = 6 * 8 + 3;
    public const ulong X86_EFLAGS_IF = 1UL << 9;

    [KernelSource("arch/x86/include/asm/ptrace.h", "user_mode", Parity.Full)]
    public static bool user_mode(pt_regs* regs) => (regs->cs & 3) == 3;

    [KernelSource("arch/x86/mm/extable.c", "fixup_exception", Parity.Reduced, "every access of the kernel to user memory is in one function, which looks at the flag")]
    public static bool fixup_exception(pt_regs* regs) => regs->fixed_up = true;
}
