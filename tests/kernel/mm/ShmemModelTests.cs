// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>A file on tmpfs against an array of bytes, while its pages go to swap and come back.</summary>
[TestFixture]
internal sealed unsafe class ShmemModelTests
{
    private const int MostPages = 48;
    private const int Most = MostPages * 4096;

    public enum Op { Write, Read, Truncate, Punch, Reserve, SwapOut, MappedWrite, MappedRead, Fork }

    private sealed class File
    {
        public required UserFile Open { get; init; }

        public required ulong Mapped { get; init; }

        public required List<user_task> Tasks { get; init; }

        public byte[] Model { get; set; } = [];
    }

    private static readonly Gen<(Op op, int at, int length, int value)[]> Runs = Gen.Select(
        Gen.Frequency((6, Gen.Const(Op.Write)), (4, Gen.Const(Op.Read)), (2, Gen.Const(Op.Truncate)), (2, Gen.Const(Op.Punch)),
            (1, Gen.Const(Op.Reserve)), (3, Gen.Const(Op.SwapOut)), (4, Gen.Const(Op.MappedWrite)), (3, Gen.Const(Op.MappedRead)),
            (1, Gen.Const(Op.Fork))),
        Gen.Int[0, Most - 1], Gen.Int[1, 40_000], Gen.Int[1, 255]).Array[1, 40];

    [Test]
    public void A_file_is_what_was_done_to_it() => Runs.Sample(Run, iter: 15, threads: 1);

    private static void Run((Op op, int at, int length, int value)[] steps)
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        var file = new File { Open = f, Mapped = f.Map(MostPages), Tasks = [a] };
        foreach ((Op op, int at, int length, int value) in steps)
            Step(file, op, at, Math.Min(length, Most - at), (byte)value);

        Assert.That(f.Stat().size, Is.EqualTo(file.Model.Length));
        Assert.That(f.Read(0, Most).AsSpan().SequenceEqual(file.Model), Is.True, "at the end");
        Assert.That(f.Pages(), Is.GreaterThanOrEqualTo((ulong)ShmemMachine.Shmem()), "the rest is in swap");
        foreach (user_task t in file.Tasks)
            machine.kill(t);
        Assert.That(UserFile.Unlink(ShmemMachine.Task("last"), "/tmp/f"), Is.Zero);
        Assert.That(ShmemMachine.Shmem(), Is.Zero);
    }

    private static void Step(File file, Op op, int at, int length, byte value)
    {
        UserFile f = file.Open;
        byte[] model = file.Model;
        switch (op)
        {
            case Op.Write:
                byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)(value + (i / 7)))];
                Assert.That(f.Write(at, bytes), Is.EqualTo(length));
                if (model.Length < at + length)
                    Array.Resize(ref model, at + length);
                bytes.CopyTo(model, at);
                break;
            case Op.Read:
                byte[] want = at < model.Length ? model[at..Math.Min(at + length, model.Length)] : [];
                Assert.That(f.Read(at, length).AsSpan().SequenceEqual(want), Is.True, $"at {at}");
                break;
            case Op.Truncate:
                Assert.That(f.Truncate(at), Is.Zero);
                Array.Resize(ref model, at);
                break;
            case Op.Punch:
                Assert.That(f.Punch(at, length), Is.Zero);
                if (at < model.Length)
                    model.AsSpan(at, Math.Min(length, model.Length - at)).Clear();
                break;
            case Op.Reserve:
                Assert.That(f.Reserve(at, length), Is.Zero);
                if (model.Length < at + length)
                    Array.Resize(ref model, at + length);
                break;
            case Op.SwapOut:
                ShmemMachine.SwapOut();
                break;
            case Op.MappedWrite when at < model.Length:
                UserMemory.Write(file.Tasks[value % file.Tasks.Count], file.Mapped + (ulong)at, value);
                model[at] = value;
                break;
            case Op.MappedRead when at < model.Length:
                Assert.That(UserMemory.Read(file.Tasks[value % file.Tasks.Count], file.Mapped + (ulong)at), Is.EqualTo(model[at]));
                break;
            case Op.Fork when file.Tasks.Count < 4:
                file.Tasks.Add(machine.spawn("child", file.Tasks[value % file.Tasks.Count]));
                break;
            default:
                break;
        }

        file.Model = model;
    }
}
