// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;
using KMemcg.Sim.Tracing;
using Linux;

namespace KMemcg.Sim.Running;

/// <summary>Runs a scenario on a machine of its own.</summary>
public sealed class ScenarioRunner
{
    /// <summary>How long the recorder took from one line to the next: it talked to its tasks and printed to a serial line.</summary>
    private const uint MillisecondsPerLine = 1;

    private readonly Dictionary<string, TaskProcess> _processes = [];
    private readonly List<TaskProcess> _all = [];
    private readonly Action<Answer> _answers;
    private int _line;

    private ScenarioRunner(Action<Answer> answers) => _answers = answers;

    /// <summary>Runs <paramref name="scenario"/> and hands each answer to <paramref name="answers"/> as it comes.</summary>
    /// <returns>False when the scenario itself failed: its last answer is an ERROR line that says why.</returns>
    /// <exception cref="SimulationException">The port stopped with an oops, or leaked something at the machine's end.</exception>
    public static bool Run(Scenario scenario, SimulationOptions options, Action<Answer> answers)
    {
        var runner = new ScenarioRunner(answers);
        Action<memcg_event>? trace = options.Trace is { } sink ? e => sink(new TracedEvent(runner._line, e)) : null;
        memcg_trace.sink += trace;
        try
        {
            using SimulatedMachine simulated = SimulatedMachine.Boot(options);
            options.Booted?.Invoke();
            bool finished = runner.RunLines(scenario);
            options.Ended?.Invoke();
            return finished;
        }
        catch (KernelOops oops)
        {
            throw new SimulationException(oops.Message, oops);
        }
        finally
        {
            memcg_trace.sink -= trace;
        }
    }

    private bool RunLines(Scenario scenario)
    {
        foreach (ScenarioLine line in scenario.Lines)
        {
            _line = line.Number;
            try
            {
                Run(line.Command);
                machine.sleep(MillisecondsPerLine);
            }
            catch (ScenarioFailure failure)
            {
                Print("ERROR", failure.Message);
                return false;
            }
        }

        return true;
    }

    private void Run(Command command)
    {
        switch (command)
        {
            case MakeGroup c:
                PrintFailure(c.Path, UserProgram.Init(() => cgroupfs.mkdir(c.Path)));
                break;
            case RemoveGroup c:
                PrintFailure(c.Path, UserProgram.Init(() => cgroupfs.rmdir(c.Path)));
                break;
            case WriteFile c:
                PrintFailure(c.Path, UserProgram.Init(() => SystemFiles.Write(c.Path, c.Value)));
                break;
            case ReadFile c:
                Cat(c);
                break;
            case NewTask c:
                Start(c);
                break;
            case TaskOperation c:
                Operate(c);
                break;
            case KillTask c:
                machine.kill(Find(c.Name).Task);
                Find(c.Name).Reap();
                break;
            case AskAlive c:
                Print(c.Name, Find(c.Name).IsAlive() ? "alive" : "dead");
                break;
            case Sleep c:
                machine.sleep(c.Milliseconds);
                break;
            case Mount c:
                PrintFailure("mount", UserProgram.Init(() => SystemFiles.Mount(c.Type, c.Directory, c.Options)));
                break;
            case Unmount c:
                PrintFailure("umount", UserProgram.Init(() => SystemFiles.Unmount(c.Directory)));
                break;
            case Sync:
                UserProgram.Init(SystemFiles.Sync);
                break;
            case DropCaches c:
                UserProgram.Init(() => SystemFiles.Write("/proc/sys/vm/drop_caches", c.Value));
                break;
            case Sysctl c:
                string path = "/proc/sys/" + c.Name.Replace('.', '/');
                PrintFailure(c.Name, UserProgram.Init(() => SystemFiles.Write(path, c.Value)));
                break;
        }
    }

    private void Start(NewTask command)
    {
        long forked = machine.try_spawn(command.Name, null, out user_task? task);
        if (forked < 0)
        {
            throw new ScenarioFailure($"cannot start {command.Name}: {Errno.Name(-forked)}");
        }

        var process = new TaskProcess(command.Name, task!);
        _processes[command.Name] = process;
        _all.Add(process);
        long entered = 0;
        process.Run(() =>
        {
            // The copies of what it inherited are made, and charged, before it moves.
            UserProgram.TouchStack();
            entered = UserProgram.Syscall(() => cgroupfs.write_file(command.Group + "/cgroup.procs", "0"));
            return "ok";
        });
        if (entered < 0)
        {
            throw new ScenarioFailure($"cannot enter {command.Group}: {Errno.Name(-entered)}");
        }
    }

    // A fork that failed has left the scenario without a task that it goes on to name.
    private TaskProcess Find(string name) =>
        _processes.GetValueOrDefault(name) ?? throw new ScenarioFailure($"there is no task {name}");

    private void Operate(TaskOperation operation)
    {
        TaskProcess process = Find(operation.Task);
        string what = $"{operation.Task}:{operation.Name}";
        switch (operation.Name)
        {
            case "move":
                string procs = operation.Arguments[0] + "/cgroup.procs";
                string pid = process.Task.pid.ToString();
                Print(what, Errno.Answer(UserProgram.Init(() => cgroupfs.write_file(procs, pid))));
                return;
            case "exit":
                process.Run(UserProgram.Exit);
                Print(what, process.Reap());
                return;
            case "fork":
                Print(what, Fork(process, operation.Arguments[0]));
                return;
            case "wait":
                Print(what, process.Wait());
                return;
            case "uffd-serve":
                Print(what, FaultServer.Start(process, Find(operation.Arguments[0]), operation.Arguments[1]));
                return;
        }

        Func<string> program = UserProgram.Prepare(process, operation, Find);
        if (operation.Background)
        {
            process.Start(program);
            return;
        }

        Print(what, process.Run(program));
    }

    private string Fork(TaskProcess parent, string name)
    {
        if (!parent.IsAlive())
        {
            throw new ScenarioFailure($"fork: {parent.Name} is dead");
        }

        long forked = machine.try_spawn(name, parent.Task, out user_task? task);
        if (forked < 0)
        {
            return Errno.Answer(forked);
        }

        var child = new TaskProcess(name, task!);
        child.Mappings.AddRange(parent.Mappings);
        child.Files.AddRange(parent.Files);
        _processes[name] = child;
        _all.Add(child);
        return "ok";
    }

    private void Cat(ReadFile command)
    {
        string text = "";
        long result = UserProgram.Init(() => SystemFiles.Read(command.Path, out text));
        if (result < 0 && text.Length == 0)
        {
            Print(command.Path, result == -linux_errno_h.ENOENT ? Errno.Answer(result) : "empty");
            return;
        }

        bool seen = false;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ');
            if (space < 0)
            {
                Print(command.Path, line);
                seen = true;
            }
            else if (command.Key is null || command.Key == line[..space])
            {
                Print($"{command.Path}:{line[..space]}", line[(space + 1)..]);
                seen = true;
            }
        }

        if (!seen)
        {
            Print(command.Path, "empty");
        }
    }

    private void PrintFailure(string what, long result)
    {
        if (result < 0)
        {
            Print(what, Errno.Answer(result));
        }
    }

    private void Print(string what, string value) => _answers(new Answer(_line, what, value));
}
