// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_err_h
{
    public const int MAX_ERRNO = 4095;

    [KernelSource("include/linux/err.h", "IS_ERR_VALUE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IS_ERR_VALUE(ulong x) => x >= unchecked((ulong)-MAX_ERRNO);

    [KernelSource("include/linux/err.h", "ERR_PTR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    [ErrorPointer]
    public static void* ERR_PTR(long error) => (void*)error;

    /// <summary>ERR_PTR with the type that the caller returns.</summary>
    [KernelSource("include/linux/err.h", "ERR_PTR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    [ErrorPointer]
    public static T* ERR_PTR<T>(long error) where T : unmanaged => (T*)error;

    [KernelSource("include/linux/err.h", "PTR_ERR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    public static int PTR_ERR(void* ptr) => (int)(long)ptr;

    [KernelSource("include/linux/err.h", "IS_ERR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    [ErrorPointer]
    public static bool IS_ERR(void* ptr) => IS_ERR_VALUE((ulong)ptr);

    [KernelSource("include/linux/err.h", "IS_ERR_OR_NULL", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    [ErrorPointer(OrNull = true)]
    public static bool IS_ERR_OR_NULL(void* ptr) => ptr == null || IS_ERR_VALUE((ulong)ptr);

    [KernelSource("include/linux/err.h", "ERR_CAST", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable]
    [ErrorPointer]
    public static void* ERR_CAST(void* ptr) => ptr;

    [KernelSource("include/linux/err.h", "PTR_ERR_OR_ZERO", Parity.Full)]
    [ErrorPointer]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PTR_ERR_OR_ZERO(void* ptr) => IS_ERR(ptr) ? PTR_ERR(ptr) : 0;
}
