// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using KMemcg.Sim.Jit;

namespace KMemcg.Bench.Tests;

/// <summary>
/// Where the runtime's helpers are that hot code must not call: methods that cannot do without one are compiled, and what
/// they call is it.
/// </summary>
internal sealed class RuntimeHelpers
{
    [ThreadStatic]
    private static int t_static;

    public RuntimeHelpers(JitListener listener)
    {
        var thing = new Thing();
        int[] numbers = [1, 2];
        for (int i = 0; i < 2; i++)
        {
            GC.KeepAlive(NewObject());
            GC.KeepAlive(NewFinalizable());
            GC.KeepAlive(NewBytes(numbers[i]));
            GC.KeepAlive(NewReferences(numbers[i]));
            GC.KeepAlive(Box(numbers[i]));
            GC.KeepAlive(NewDelegate(thing));
            Index(numbers, i);
            t_static = i;
        }

        Allocation = Called(listener, nameof(NewObject), nameof(NewFinalizable), nameof(NewBytes), nameof(NewReferences), nameof(Box), nameof(NewDelegate));
        RangeCheck = Called(listener, nameof(Index));
    }

    /// <summary>Helpers that allocate managed memory.</summary>
    public IReadOnlySet<ulong> Allocation { get; }

    /// <summary>What is called when an index is out of range.</summary>
    public IReadOnlySet<ulong> RangeCheck { get; }

    private static HashSet<ulong> Called(JitListener listener, params string[] probes)
    {
        HashSet<ulong> targets = [];
        foreach (string probe in probes)
        {
            CompiledMethod? method = null;
            Assert.That(() => method = listener.Methods.LastOrDefault(m => m.Type == nameof(RuntimeHelpers) && m.Name == probe), Is.Not.Null.After(5000, 20), probe);
            MachineCode code = MachineCode.Read(method!);
            for (int i = 0; i < code.Instructions.Count; i++)
            {
                if (MachineCode.IsCall(code.Instructions[i]) && MachineCode.BehindStubs(MachineCode.Target(code.Instructions, i)) is var target and not 0)
                {
                    targets.Add(target);
                }
            }
        }

        Assert.That(targets, Is.Not.Empty);
        return targets;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object NewObject() => new Thing();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object NewFinalizable() => new Finalizable();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object NewBytes(int length) => new byte[length];

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object NewReferences(int length) => new object[length];

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object Box(int value) => value;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static object NewDelegate(Thing thing) => (Func<int>)thing.Get;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Index(int[] numbers, int i) => numbers[i];

    private sealed class Thing
    {
        private readonly int _value = 1;

        public int Get() => _value;
    }

    private sealed class Finalizable
    {
        ~Finalizable() => t_static++;
    }
}
