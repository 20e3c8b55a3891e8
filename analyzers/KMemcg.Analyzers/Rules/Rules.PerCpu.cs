// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor UnprotectedPerCpu = Rule(
        "KM0401", Category.PerCpu, DiagnosticSeverity.Warning,
        "Per-CPU data is accessed where the task may move",
        "'{0}' is accessed {1}",
        "The task may go on on another CPU between the address and the access.");

    public static readonly DiagnosticDescriptor StalePerCpuPointer = Rule(
        "KM0402", Category.PerCpu, DiagnosticSeverity.Warning,
        "A per-CPU pointer is used after the task could move",
        "'{0}' was this CPU's before {1}",
        "It may be another CPU's by now.");

    public static readonly DiagnosticDescriptor RemotePerCpu = Rule(
        "KM0403", Category.PerCpu, DiagnosticSeverity.Warning,
        "Another CPU's private data is accessed",
        "'{0}' is private to its CPU",
        "Its owner does not expect others, and takes no lock against them.");

    public static readonly DiagnosticDescriptor PerCpuAddressMisused = Rule(
        "KM0404", Category.PerCpu, DiagnosticSeverity.Warning,
        "A per-CPU address is taken for a pointer",
        "'{0}' is a per-CPU address, and {1}",
        "At the address itself is no CPU's copy: this_cpu_ptr, raw_cpu_ptr and per_cpu_ptr lead to one.");
}
