// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>What to do at each level of a page-table walk; include/linux/pagewalk.h.</summary>
public unsafe struct mm_walk_ops
{
    /// <summary>For each pmd that has a table below it.</summary>
    public delegate*<pmd_t*, ulong, ulong, mm_walk*, int> pmd_entry;

    /// <summary>For each pte, unless pmd_entry did the work.</summary>
    public delegate*<pte_t*, ulong, ulong, mm_walk*, int> pte_entry;

    /// <summary>For ranges without a table; the depth counts from the pgd, -1 is outside of any VMA.</summary>
    public delegate*<ulong, ulong, int, mm_walk*, int> pte_hole;

    /// <summary>Whether to walk a VMA: 0 walks, 1 skips, a negative value ends with that error.</summary>
    public delegate*<ulong, ulong, mm_walk*, int> test_walk;
    public int walk_lock;
}

/// <summary>A walk under way; include/linux/pagewalk.h.</summary>
public unsafe struct mm_walk
{
    public mm_walk_ops* ops;
    public mm_struct* mm;
    public vm_area_struct* vma;

    /// <summary>Set by a callback: what to do after it.</summary>
    public int action;
    public void* @private;
}

public static class linux_pagewalk_h
{
    public const int PGWALK_RDLOCK = 0;
    public const int PGWALK_WRLOCK = 1;
    public const int PGWALK_WRLOCK_VERIFY = 2;
    public const int PGWALK_VMA_RDLOCK_VERIFY = 3;

    public const int ACTION_SUBTREE = 0;
    public const int ACTION_CONTINUE = 1;
    public const int ACTION_AGAIN = 2;
}
