// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Annotations;

/// <summary>
/// Whether interrupts were on, as an [IrqSave] function found it and an [IrqRestore] function takes it. Only local_irq_save makes
/// one, and only local_irq_restore looks at it: a number is not restored, nor anything else that is passed beside the flags. It
/// lives on the stack of who saved it, in no object and in no closure; that it is restored once, and in order, is KM0205's to see.
/// </summary>
public ref struct IrqFlags
{
    /// <summary>The CPU's word, which is 0 while interrupts are on.</summary>
    internal ulong disabled;
}
