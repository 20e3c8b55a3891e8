// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text;
using Iced.Intel;

namespace KMemcg.Sim.Jit;

/// <summary>The machine code of a method as text: what `kmemcg jit` prints, and a failed check of the generated code.</summary>
public static class JitListing
{
    /// <summary>A head with counts, then one line an instruction, with labels where branches go and names of what is called.</summary>
    public static string Of(MachineCode code, JitListener listener)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"; {code.Method.Type}.{code.Method.Name} {code.Method.Signature}\n");
        text.Append(CultureInfo.InvariantCulture, $"; {code.Method.Tier}, {code.Method.Size} bytes, {code.Instructions.Count} instructions, ");
        text.Append(CultureInfo.InvariantCulture, $"{code.Instructions.Count(i => MachineCode.IsCall(i))} calls, {code.Instructions.Count(i => MachineCode.IsLocked(i))} locked\n");

        Dictionary<ulong, string> labels = Labels(code);
        var formatter = new IntelFormatter(new Symbols(labels));
        formatter.Options.FirstOperandCharIndex = 10;
        formatter.Options.SpaceAfterOperandSeparator = true;
        var output = new StringOutput();
        for (int i = 0; i < code.Instructions.Count; i++)
        {
            Instruction instruction = code.Instructions[i];
            if (labels.TryGetValue(instruction.IP, out string? label))
            {
                text.Append(label).Append(":\n");
            }

            formatter.Format(instruction, output);
            text.Append(CultureInfo.InvariantCulture, $"  {instruction.IP - code.Method.Address,5:x}  {output.ToStringAndReset()}");
            if (MachineCode.IsCall(instruction))
            {
                text.Append("  ; ").Append(Callee(code.Instructions, i, listener));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What a call calls: a method, or an address of the runtime.</summary>
    public static string Callee(IReadOnlyList<Instruction> code, int at, JitListener listener)
    {
        ulong target = MachineCode.BehindStubs(MachineCode.Target(code, at));
        return listener.At(target)?.ToString() ?? string.Create(CultureInfo.InvariantCulture, $"runtime {target:x}");
    }

    private static Dictionary<ulong, string> Labels(MachineCode code)
    {
        ulong end = code.Method.Address + code.Method.Size;
        return code.Instructions
            .Where(i => i.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch)
            .Select(i => i.NearBranchTarget)
            .Where(target => target >= code.Method.Address && target < end)
            .Distinct()
            .Order()
            .Select((target, n) => (target, name: string.Create(CultureInfo.InvariantCulture, $"L{n}")))
            .ToDictionary(l => l.target, l => l.name);
    }

    private sealed class Symbols(Dictionary<ulong, string> labels) : ISymbolResolver
    {
        public bool TryGetSymbol(in Instruction instruction, int operand, int instructionOperand, ulong address, int addressSize, out SymbolResult symbol)
        {
            bool found = labels.TryGetValue(address, out string? name);
            symbol = found ? new SymbolResult(address, name!) : default;
            return found;
        }
    }
}
