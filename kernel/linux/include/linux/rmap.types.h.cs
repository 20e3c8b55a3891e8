// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The root of the reverse map of a set of VMAs that may share anonymous pages.
[StructLayout(LayoutKind.Explicit, Size = 96)]
public unsafe struct anon_vma
{
    [FieldOffset(0)] public anon_vma* root;
    [FieldOffset(8)] public rw_semaphore rwsem;
    [FieldOffset(48)] public atomic_t refcount;
    // Child anon_vmas that point here, this one included when it is a root, and VMAs whose anon_vma is this one.
    [FieldOffset(56)] public ulong num_children;
    [FieldOffset(64)] public ulong num_active_vmas;
    [FieldOffset(72)] public anon_vma* parent;
    [FieldOffset(80)] public rb_root_cached rb_root;
}

// Ties one VMA to one anon_vma, on a list of the VMA and in the interval tree of the anon_vma.
[StructLayout(LayoutKind.Explicit, Size = 64)]
public unsafe struct anon_vma_chain
{
    [FieldOffset(0)] public vm_area_struct* vma;
    [FieldOffset(8)] public anon_vma* anon_vma;
    [FieldOffset(16)] public list_head same_vma;
    [FieldOffset(32)] public rb_node rb;
    [FieldOffset(56)] public ulong rb_subtree_last;
}
