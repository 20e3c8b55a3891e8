// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_container_of_h
{
    /// <summary>
    /// Where an object is imagined for the offset of one of its members: &amp;((T*)nowhere)->member. C takes null for that;
    /// .NET checks the pointer by reading from it, so that this is memory, of which nothing is ever written.
    /// </summary>
    public static readonly byte* nowhere = (byte*)NativeMemory.AlignedAlloc(1 << 20, 4096);

    /// <summary>container_of(ptr, T, member): the member is given as its address in an object at <see cref="nowhere"/>.</summary>
    [KernelSource("include/linux/container_of.h", "container_of", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static T* container_of<T>(void* ptr, void* member) where T : unmanaged => (T*)((byte*)ptr - offsetof(member));

    /// <summary>offsetof(T, member), the member being given in the same way.</summary>
    [KernelSource("include/linux/stddef.h", "offsetof", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint offsetof(void* member) => (nint)((byte*)member - nowhere);
}
