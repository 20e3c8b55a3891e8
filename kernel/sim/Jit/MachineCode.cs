// SPDX-License-Identifier: GPL-2.0-only
using Iced.Intel;

namespace KMemcg.Sim.Jit;

/// <summary>The instructions of a compiled method, and what can be said of them.</summary>
public sealed unsafe class MachineCode
{
    private readonly Dictionary<ulong, int> _index = [];

    private MachineCode(CompiledMethod method, IReadOnlyList<Instruction> instructions)
    {
        Method = method;
        Instructions = instructions;
        for (int i = 0; i < instructions.Count; i++)
        {
            _index[instructions[i].IP] = i;
        }
    }

    public CompiledMethod Method { get; }

    public IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>Decodes the code as it lies in memory; x86-64 only.</summary>
    public static MachineCode Read(CompiledMethod method)
    {
        byte[] bytes = new ReadOnlySpan<byte>((void*)method.Address, (int)method.Size).ToArray();
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes), method.Address);
        List<Instruction> instructions = [];
        while (decoder.IP < method.Address + method.Size)
        {
            instructions.Add(decoder.Decode());
        }

        return new MachineCode(method, instructions);
    }

    /// <summary>Whether the instruction locks the bus, or the line; an exchange with memory does it unasked.</summary>
    public static bool IsLocked(in Instruction instruction) =>
        instruction.HasLockPrefix || (instruction.Mnemonic == Mnemonic.Xchg && (instruction.Op0Kind == OpKind.Memory || instruction.Op1Kind == OpKind.Memory));

    public static bool IsCall(in Instruction instruction) =>
        instruction.FlowControl is FlowControl.Call or FlowControl.IndirectCall;

    /// <summary>Whether the instruction writes one byte to memory: a count of a stock, or the stock's lock.</summary>
    public static bool WritesByte(in Instruction instruction) =>
        instruction.Op0Kind == OpKind.Memory && instruction.MemorySize is MemorySize.UInt8 or MemorySize.Int8
        && instruction.Mnemonic is Mnemonic.Mov or Mnemonic.Sub or Mnemonic.Add;

    /// <summary>Where a call goes, as far as the code says: the address, or what the called cell holds.</summary>
    public static ulong Target(IReadOnlyList<Instruction> code, int at)
    {
        Instruction call = code[at];
        if (call.FlowControl == FlowControl.Call)
        {
            return call.NearBranchTarget;
        }

        if (call.IsIPRelativeMemoryOperand)
        {
            return *(ulong*)call.IPRelativeMemoryAddress;
        }

        // mov reg, address; call reg or call [reg]
        if (call.Op0Kind is OpKind.Register or OpKind.Memory)
        {
            Register register = call.Op0Kind == OpKind.Register ? call.Op0Register : call.MemoryBase;
            for (int i = at - 1; i >= 0 && i > at - 16; i--)
            {
                if (code[i].Op0Kind == OpKind.Register && code[i].Op0Register.GetFullRegister() == register.GetFullRegister())
                {
                    if (code[i].Mnemonic != Mnemonic.Mov || code[i].Op1Kind != OpKind.Immediate64)
                    {
                        return 0;
                    }

                    ulong value = code[i].GetImmediate(1);
                    return call.Op0Kind == OpKind.Register ? value : *(ulong*)value;
                }
            }
        }

        return 0;
    }

    /// <summary>The code behind an address: stubs that jump on are followed.</summary>
    public static ulong BehindStubs(ulong address)
    {
        for (int hops = 0; hops < 4 && address != 0; hops++)
        {
            var decoder = Decoder.Create(64, new ByteArrayCodeReader(new ReadOnlySpan<byte>((void*)address, 32).ToArray()), address);
            Instruction first = decoder.Decode();
            // The stub that counts a method's calls: load the cell's address, decrement it, leave at zero, jump on.
            if (first.Mnemonic == Mnemonic.Mov && decoder.Decode().Mnemonic == Mnemonic.Dec && decoder.Decode().Mnemonic == Mnemonic.Je)
            {
                first = decoder.Decode();
            }

            if (first.FlowControl == FlowControl.UnconditionalBranch)
            {
                address = first.NearBranchTarget;
            }
            else if (first.FlowControl == FlowControl.IndirectBranch && first.IsIPRelativeMemoryOperand)
            {
                address = *(ulong*)first.IPRelativeMemoryAddress;
            }
            else
            {
                break;
            }
        }

        return address;
    }

    /// <summary>
    /// The shortest way from the entry to a return, by number of instructions, that calls nothing and executes at least so
    /// many instructions of a kind; null when there is none.
    /// </summary>
    public IReadOnlyList<Instruction>? ShortestPath(Func<Instruction, bool> kind, int times)
    {
        var from = new Dictionary<(int At, int Seen), (int At, int Seen)>();
        var queue = new Queue<(int At, int Seen)>();
        queue.Enqueue((0, 0));
        from[(0, 0)] = (-1, 0);
        while (queue.TryDequeue(out (int At, int Seen) state))
        {
            Instruction instruction = Instructions[state.At];
            int seen = Math.Min(times, state.Seen + (kind(instruction) ? 1 : 0));
            if (instruction.FlowControl == FlowControl.Return)
            {
                if (seen == times)
                {
                    return Trace(from, state);
                }

                continue;
            }

            foreach (int next in IsCall(instruction) ? [] : Successors(state.At))
            {
                if (from.TryAdd((next, seen), state))
                {
                    queue.Enqueue((next, seen));
                }
            }
        }

        return null;
    }

    private List<Instruction> Trace(Dictionary<(int At, int Seen), (int At, int Seen)> from, (int At, int Seen) state)
    {
        List<Instruction> path = [];
        for (; state.At >= 0; state = from[state])
        {
            path.Add(Instructions[state.At]);
        }

        path.Reverse();
        return path;
    }

    private IEnumerable<int> Successors(int at)
    {
        Instruction instruction = Instructions[at];
        if (instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch
            && _index.TryGetValue(instruction.NearBranchTarget, out int target))
        {
            yield return target;
        }

        bool goesOn = instruction.FlowControl is FlowControl.Next or FlowControl.ConditionalBranch or FlowControl.Call or FlowControl.IndirectCall;
        if (goesOn && at + 1 < Instructions.Count)
        {
            yield return at + 1;
        }
    }
}
