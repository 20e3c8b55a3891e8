// SPDX-License-Identifier: GPL-2.0-only
// What memory management calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class mm_memory_forward
{
    public static readonly spinlock_t* mmlist_lock = bss<spinlock_t>();
}
