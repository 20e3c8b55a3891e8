// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;

namespace KMemcg.Annotations;

/// <summary>
/// Whether interrupts were on, as an [IrqSave] function found it and an [IrqRestore] function takes it. There is no other way to
/// one, nor to what it holds: a number is not restored, nor anything else that is passed beside the flags. It lives on the
/// stack of who saved it, in no object and in no closure; that it is restored once, and in order, is KM0205's to see.
/// </summary>
public ref struct IrqFlags
{
    private ulong _disabled;

    /// <summary>Interrupts were on.</summary>
    public readonly bool WereOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _disabled == 0;
    }

    /// <summary>Turns a CPU's interrupts off; its word is not 0 while they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IrqFlags Save(ref uint disabled)
    {
        IrqFlags flags = default;
        flags._disabled = disabled;
        disabled = 1;
        return flags;
    }

    /// <summary>Turns them on again, if they were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Restore(ref uint disabled) => disabled = (uint)_disabled;
}
