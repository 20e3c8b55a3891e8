// SPDX-License-Identifier: GPL-2.0-only
// Static keys: a count that is read, where the kernel patches the branch.
namespace Linux;

public struct static_key
{
    public atomic_t enabled;
}

public static unsafe partial class linux_jump_label_h
{
    /// <summary>For a static: data(STATIC_KEY_INIT_TRUE), or bss&lt;static_key&gt;() for one that is off.</summary>
    public static static_key STATIC_KEY_INIT_TRUE => new() { enabled = new atomic_t { counter = 1 } };

    [KernelSource("include/linux/jump_label.h", "static_key_enabled", Parity.Full)]
    public static bool static_key_enabled(static_key* x) => atomic_read(&x->enabled) > 0;

    [KernelSource("include/linux/jump_label.h", "static_branch_likely", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool static_branch_likely(static_key* x) => x->enabled.counter > 0;

    [KernelSource("include/linux/jump_label.h", "static_branch_unlikely", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool static_branch_unlikely(static_key* x) => x->enabled.counter > 0;

    [KernelSource("include/linux/jump_label.h", "static_branch_inc", Parity.Full)]
    public static void static_branch_inc(static_key* x) => atomic_inc(&x->enabled);

    [KernelSource("include/linux/jump_label.h", "static_branch_dec", Parity.Full)]
    public static void static_branch_dec(static_key* x) => atomic_dec(&x->enabled);

    [KernelSource("include/linux/jump_label.h", "static_branch_enable", Parity.Full)]
    public static void static_branch_enable(static_key* x) => atomic_set(&x->enabled, 1);

    [KernelSource("include/linux/jump_label.h", "static_branch_disable", Parity.Full)]
    public static void static_branch_disable(static_key* x) => atomic_set(&x->enabled, 0);
}
