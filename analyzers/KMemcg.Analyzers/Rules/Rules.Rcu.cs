// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor RcuOutsideSection = Rule(
        "KM0301", Category.Rcu, DiagnosticSeverity.Warning,
        "An RCU pointer is followed outside a read section",
        "'{0}' is followed {1}",
        "What it points to may be freed meanwhile.");

    public static readonly DiagnosticDescriptor RcuPlainPublish = Rule(
        "KM0302", Category.Rcu, DiagnosticSeverity.Warning,
        "An RCU pointer is published by a plain store",
        "'{0}' is published by a plain store: rcu_assign_pointer",
        "Readers may see the pointer before what it points to is written.");

    public static readonly DiagnosticDescriptor RcuEscapes = Rule(
        "KM0303", Category.Rcu, DiagnosticSeverity.Warning,
        "An RCU pointer outlives its section",
        "'{0}' comes from a section that has ended",
        "A reference has to be had before the section ends.");

    public static readonly DiagnosticDescriptor SleepInRcu = Rule(
        "KM0304", Category.Rcu, DiagnosticSeverity.Warning,
        "A reader sleeps",
        "'{0}' may sleep, and this is an RCU read section",
        "The grace period would wait for the reader, and the reader perhaps for the grace period.");

    public static readonly DiagnosticDescriptor FreeWithoutGracePeriod = Rule(
        "KM0305", Category.Rcu, DiagnosticSeverity.Warning,
        "An RCU object is freed without a grace period",
        "'{0}' was reachable by readers and is freed at once",
        "Readers that have the pointer already still follow it.");

    public static readonly DiagnosticDescriptor RcuCast = Rule(
        "KM0306", Category.Rcu, DiagnosticSeverity.Warning,
        "An RCU pointer is cast",
        "'{0}' is cast from {1} to {2}: there are accessors for that",
        "The type keeps the pointer from being followed outside a read section, and from being published by a plain store.");
}
