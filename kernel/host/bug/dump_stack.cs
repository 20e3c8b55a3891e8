// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace Linux;

/// <summary>lib/dump_stack.c: who is here, and by which calls.</summary>
public static unsafe class lib_dump_stack_c
{
    [KernelSource("lib/dump_stack.c", "dump_stack", Parity.Reduced, "no modules, taints or hardware to name")]
    public static void dump_stack()
    {
        pr_info($"CPU: {smp_processor_id()} PID: {current->pid} Comm: {comm_of(current)}");
        pr_info("Call Trace:");
        foreach (StackFrame frame in new StackTrace(1, false).GetFrames())
        {
            if (frame.GetMethod() is { DeclaringType.Namespace: "Linux" } method)
                pr_info($" {method.Name}");
        }
    }
}
