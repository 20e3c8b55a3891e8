// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Sim.Running;

/// <summary>A mapping that a scenario named.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it begins.</param>
/// <param name="Bytes">Its size in bytes.</param>
internal sealed record Mapping(string Name, ulong Address, ulong Bytes);

/// <summary>An open file that a scenario named.</summary>
internal sealed record OpenFile(string Name, int Descriptor);

/// <summary>A process of a scenario: the simulated task and what its program knows.</summary>
internal sealed class TaskProcess(string name, user_task task)
{
    private machine_request? _background;

    /// <summary>The scenario's name for it.</summary>
    public string Name => name;

    /// <summary>The simulated task.</summary>
    public user_task Task => task;

    /// <summary>Whether its parent has not yet collected its exit status.</summary>
    public bool Unreaped { get; private set; } = true;

    /// <summary>The program's mappings, in the order in which a look-up by name goes through them.</summary>
    public List<Mapping> Mappings { get; } = [];

    /// <summary>The program's open files, in the order in which a look-up by name goes through them.</summary>
    public List<OpenFile> Files { get; } = [];

    /// <summary>The operation in the background, if there is one.</summary>
    public string BackgroundAnswer { get; private set; } = "";

    /// <summary>Runs one operation of the program and waits for it; the answer is the task's end if it dies of it.</summary>
    public string Run(Func<string> operation)
    {
        if (!Unreaped)
        {
            return $"err {Errno.Name(linux_errno_h.ESRCH)}";
        }

        string answer = "";
        machine_request request = machine.post(task, () =>
        {
            answer = operation();
            return 0;
        });
        machine.wait_for(request);
        return request.killed ? Reap() : answer;
    }

    /// <summary>Starts an operation; <see cref="Wait"/> gives its answer.</summary>
    public void Start(Func<string> operation) => _background = machine.post(task, () =>
    {
        BackgroundAnswer = operation();
        return 0;
    });

    /// <summary>Waits for the operation in the background.</summary>
    public string Wait()
    {
        if (_background is not { } request)
        {
            return $"err {Errno.Name(linux_errno_h.EINVAL)}";
        }

        machine.wait_for(request);
        _background = null;
        return request.killed ? Reap() : BackgroundAnswer;
    }

    /// <summary>Waits for the task's end and says how it ended; of one whose end it knows already it learns no more than 0.</summary>
    public string Reap()
    {
        if (!Unreaped)
        {
            return "exited 0";
        }

        while (task.alive)
        {
            machine.sleep(1);
        }

        Unreaped = false;
        int signal = task.exit_code & 0x7f;
        return signal != 0 ? $"killed {signal}" : $"exited {(task.exit_code >> 8) & 0xff}";
    }

    /// <summary>Whether the task lives, as its parent sees it without waiting.</summary>
    public bool IsAlive()
    {
        if (Unreaped && !task.alive)
        {
            Unreaped = false;
        }

        return Unreaped;
    }
}
