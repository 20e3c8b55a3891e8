// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_container_of_h
{
    /// <summary>container_of(ptr, T, member): the member is given as its address in an object at null.</summary>
    [KernelSource("include/linux/container_of.h", "container_of", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* container_of<T>(void* ptr, void* member) where T : unmanaged => (T*)((byte*)ptr - (nuint)member);
}
