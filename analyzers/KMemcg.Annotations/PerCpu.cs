// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Annotations;

/// <summary>
/// What a per-CPU address points to: <c>T __percpu *p</c> is <c>PerCpu&lt;T&gt;* p</c>. It is as large as a T, so that arrays and their
/// addresses are right, and of no other use: what is at the address itself belongs to nobody. To a copy lead only the accessors
/// (this_cpu_ptr, per_cpu_ptr, this_cpu_add), which take a PerCpu&lt;T&gt;* and give a T* or a T.
/// </summary>
/// <remarks>
/// It qualifies the pointee, as sparse's address space does, and not the pointer: a kernel struct leads back to itself through its
/// pointers, and the runtime loads no two structs with fields of a generic struct over each other (a PerCpuPtr&lt;B&gt; in A and a
/// PerCpuPtr&lt;A&gt; in B are a TypeLoadException); fields that are pointers to one it does.
/// </remarks>
public struct PerCpu<T>
    where T : unmanaged
{
#pragma warning disable CS0169, CS0649 // nobody reads it
    private T _copy;
#pragma warning restore CS0169, CS0649
}
