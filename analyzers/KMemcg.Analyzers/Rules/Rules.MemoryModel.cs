// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor PlainAccess = Rule(
        "KM0701", Category.MemoryModel, DiagnosticSeverity.Warning,
        "A marked field is accessed plainly",
        "'{0}' is {1} plainly: {2}",
        "The compiler may tear, repeat or hoist the access.");

    public static readonly DiagnosticDescriptor DoubleFetch = Rule(
        "KM0702", Category.MemoryModel, DiagnosticSeverity.Warning,
        "A shared value is read twice where once is meant",
        "'{0}' was tested and is read again here",
        "Between the two it may have changed.");

    public static readonly DiagnosticDescriptor TornType = Rule(
        "KM0703", Category.MemoryModel, DiagnosticSeverity.Warning,
        "A marked field cannot be accessed at once",
        "'{0}' of type '{1}' is not read or written at once",
        "Larger than a word, or not aligned.");

    public static readonly DiagnosticDescriptor ReadModifyWrite = Rule(
        "KM0704", Category.MemoryModel, DiagnosticSeverity.Warning,
        "A marked field is changed by a read and a write",
        "'{0}' is read, changed and written back: {1}",
        "A change by somebody else in between is lost.");

    public static readonly DiagnosticDescriptor BarrierWithoutComment = Rule(
        "KM0705", Category.MemoryModel, DiagnosticSeverity.Warning,
        "A barrier or a benign race is not explained",
        "'{0}' needs a comment that says {1}",
        "A barrier is one half of a pair; the comment names the other half.");
}
