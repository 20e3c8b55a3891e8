// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What BUG() ends in: the kernel cannot go on. Carries the condition, the task and the call chain.</summary>
public sealed class KernelOops : Exception
{
    public KernelOops(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
