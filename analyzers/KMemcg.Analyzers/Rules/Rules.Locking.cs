// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor UnguardedAccess = Rule(
        "KM0101", Category.Locking, DiagnosticSeverity.Warning,
        "A guarded field is accessed without its lock",
        "'{0}' is {1} without '{2}'",
        "The field says which lock guards it.");

    public static readonly DiagnosticDescriptor UnguardedPointee = Rule(
        "KM0102", Category.Locking, DiagnosticSeverity.Warning,
        "What a field points to is accessed without its lock",
        "what '{0}' points to is {1} without '{2}'",
        "The field says which lock guards what it points to.");

    public static readonly DiagnosticDescriptor CallerLacksLock = Rule(
        "KM0103", Category.Locking, DiagnosticSeverity.Warning,
        "A function is called without the lock it asks for",
        "'{0}' is called without '{1}'",
        "The function says that its caller holds the lock.");

    public static readonly DiagnosticDescriptor CallerHoldsExcluded = Rule(
        "KM0104", Category.Locking, DiagnosticSeverity.Warning,
        "A function is called with a lock it takes itself",
        "'{0}' is called with '{1}' held",
        "The function takes the lock, or waits for somebody who does: the caller would wait for itself.");

    public static readonly DiagnosticDescriptor WriteUnderShared = Rule(
        "KM0105", Category.Locking, DiagnosticSeverity.Warning,
        "A guarded field is written under a shared lock",
        "'{0}' is written while '{1}' is held for reading",
        "Other readers see the write half done.");

    public static readonly DiagnosticDescriptor GuardedAddressEscapes = Rule(
        "KM0106", Category.Locking, DiagnosticSeverity.Warning,
        "The address of a guarded field outlives its lock",
        "the address of '{0}' leaves the section of '{1}'",
        "What is done through the address is not seen to be guarded.");

    public static readonly DiagnosticDescriptor HeldAtExit = Rule(
        "KM0110", Category.Locking, DiagnosticSeverity.Warning,
        "Locks on return are not what is declared",
        "{0}",
        "On one way out the lock is not dropped.");

    public static readonly DiagnosticDescriptor HeldOnException = Rule(
        "KM0111", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is still held when an exception passes",
        "'{0}' is still held if this throws",
        "The exception leaves the function past the unlock.");

    public static readonly DiagnosticDescriptor DoubleAcquire = Rule(
        "KM0112", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is taken twice",
        "'{0}' is held already",
        "The task waits for itself.");

    public static readonly DiagnosticDescriptor ReleaseNotHeld = Rule(
        "KM0113", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is dropped that is not held",
        "'{0}' is not held here",
        "It was dropped before, never taken, or is another object's.");

    public static readonly DiagnosticDescriptor MaybeHeld = Rule(
        "KM0114", Category.Locking, DiagnosticSeverity.Warning,
        "A lock may or may not be held here",
        "'{0}' is held on some ways here and not on others",
        "The ways join with and without the lock, and what follows is right for one of them.");

    public static readonly DiagnosticDescriptor WaitedForTryOnly = Rule(
        "KM0115", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is waited for that is only to be tried",
        "'{0}' is not waited for {1}: [TryOnly]",
        "Whoever has the lock may be waiting for the caller, or the caller has something better to do.");

    public static readonly DiagnosticDescriptor LockCopied = Rule(
        "KM0120", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is copied",
        "'{0}' is copied: {1}",
        "A copy of a lock is another lock.");

    public static readonly DiagnosticDescriptor LockNotInitialized = Rule(
        "KM0121", Category.Locking, DiagnosticSeverity.Warning,
        "A lock is used before it is initialized",
        "'{0}' is used before it is initialized",
        "The lock has the bytes that were there before.");
}
