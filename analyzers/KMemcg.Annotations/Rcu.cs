// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Annotations;

/// <summary>
/// What an RCU pointer points to: a <c>T __rcu *p</c> of the kernel is a <c>Rcu&lt;T&gt;* p</c>. There is nothing in it, so that the
/// pointer is not followed but by what rcu_dereference makes of it, and is not set but by rcu_assign_pointer; a cast is KM0306.
/// It qualifies what is pointed to and is no pointer itself: the runtime loads no struct with a field of a generic struct over a
/// type that leads back to it, as all kernel structs do, but it does load one with a pointer there.
/// </summary>
public struct Rcu<T>
    where T : unmanaged
{
}

/// <summary>The same without a type: <c>void __rcu *p</c> is <c>Rcu* p</c>.</summary>
public struct Rcu
{
}
