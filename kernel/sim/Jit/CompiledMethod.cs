// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Jit;

/// <summary>Code that the JIT compiler has made of a method.</summary>
/// <param name="Namespace">The namespace of its type.</param>
/// <param name="Type">The name of its type, without the namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Signature">Its signature, as the runtime writes it.</param>
/// <param name="Address">Where the code begins.</param>
/// <param name="Size">The code's length in bytes.</param>
/// <param name="Tier">How well it was compiled.</param>
public sealed record CompiledMethod(string Namespace, string Type, string Name, string Signature, ulong Address, uint Size, JitTier Tier)
{
    public override string ToString() => $"{Type}.{Name}";
}

/// <summary>How well the JIT compiler has compiled a method: the runtime's numbers.</summary>
public enum JitTier
{
    Unknown = 0,
    MinOpts = 1,
    Optimized = 2,
    Tier0 = 3,
    Tier1 = 4,
    Tier1Osr = 5,
    Tier0Instrumented = 6,
    Tier1Instrumented = 7,
}
