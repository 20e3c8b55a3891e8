// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor SleepInAtomic = Rule(
        "KM0201", Category.Context, DiagnosticSeverity.Warning,
        "A function that may sleep is called where nothing may",
        "'{0}' may sleep, and here {1}",
        "With preemption or interrupts off, or in a handler, there is nobody to sleep.");

    public static readonly DiagnosticDescriptor BlockingGfpInAtomic = Rule(
        "KM0202", Category.Context, DiagnosticSeverity.Warning,
        "An allocation that may sleep where nothing may",
        "'{0}' may sleep with {1}, and here {2}",
        "GFP_NOWAIT or GFP_ATOMIC is meant.");

    public static readonly DiagnosticDescriptor IrqLockWithIrqsOn = Rule(
        "KM0203", Category.Context, DiagnosticSeverity.Warning,
        "A lock that handlers take is taken with interrupts on",
        "'{0}' is taken in {1} and here with {1}s on",
        "The handler interrupts the holder and waits for it.");

    public static readonly DiagnosticDescriptor WaitTypeNesting = Rule(
        "KM0204", Category.Context, DiagnosticSeverity.Warning,
        "A lock that sleeps is taken inside one that spins",
        "'{0}' ({1}) is taken inside '{2}' ({3})",
        "On PREEMPT_RT, or everywhere, the inner lock gives the CPU up while the outer one spins.");

    public static readonly DiagnosticDescriptor FlagsMismatch = Rule(
        "KM0205", Category.Context, DiagnosticSeverity.Warning,
        "Interrupt flags are not those that were saved",
        "{0}",
        "Interrupts are left as they were for somebody else.");

    public static readonly DiagnosticDescriptor IrqEnabledTooEarly = Rule(
        "KM0206", Category.Context, DiagnosticSeverity.Warning,
        "Interrupts are turned on while somebody further out has them off",
        "'{0}' turns interrupts on, which {1}",
        "An unconditional enable ends the section of the one who saved the flags.");

    public static readonly DiagnosticDescriptor UnbalancedPreempt = Rule(
        "KM0207", Category.Context, DiagnosticSeverity.Warning,
        "The preemption count is changed on return",
        "'{0}' returns with {1}",
        "Every disable has its enable on every way out.");
}
