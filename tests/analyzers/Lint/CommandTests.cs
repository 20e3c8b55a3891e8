// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Lint;

namespace KMemcg.Analyzers.Tests.Lint;

/// <summary>What the tool says of a command line that it cannot do.</summary>
internal sealed class CommandTests
{
    private string _folder = "";

    [SetUp]
    public void Begin() => _folder = Directory.CreateTempSubdirectory("kmemcg-lint").FullName;

    [TearDown]
    public void End() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_project_that_is_not_there_is_named()
    {
        (int status, string errors) = await Run(_folder);
        Assert.That((status, errors), Is.EqualTo((ExitCode.BadInput, $"kmemcg-lint: no project at '{_folder}'\n")));
    }

    [Test]
    public async Task Of_two_projects_one_has_to_be_named()
    {
        File.WriteAllText(Path.Combine(_folder, "a.csproj"), "");
        File.WriteAllText(Path.Combine(_folder, "b.csproj"), "");
        (int status, string errors) = await Run(_folder);
        Assert.That((status, errors), Is.EqualTo((ExitCode.BadInput, $"kmemcg-lint: '{_folder}' has 2 projects: name one\n")));
    }

    [Test]
    public async Task A_project_that_is_none_is_what_MSBuild_says_it_is()
    {
        string project = Path.Combine(_folder, "a.csproj");
        File.WriteAllText(project, "no project");
        (int status, string errors) = await Run(project);
        Assert.That(status, Is.EqualTo(ExitCode.BadInput));
        Assert.That(errors, Does.StartWith($"kmemcg-lint: cannot read {project}: ").And.Contains("MSB4025"));
    }

    [Test]
    public async Task A_patch_that_is_not_there_is_named()
    {
        (int status, string errors) = await Run(_folder, "--patch", "none.patch");
        Assert.That((status, errors), Is.EqualTo((ExitCode.BadInput, "kmemcg-lint: no patch at 'none.patch'\n")));
    }

    [Test]
    public async Task A_patch_that_does_not_parse_is_said_to_be_none()
    {
        string patch = Path.Combine(_folder, "a.patch");
        File.WriteAllText(patch, "dear maintainers,\n");
        (int status, string errors) = await Run(_folder, "--patch", patch);
        Assert.That((status, errors), Is.EqualTo((ExitCode.BadInput, $"kmemcg-lint: {patch}: this is not a patch: there is no line '+++ FILE'\n")));
    }

    [Test]
    public async Task An_unknown_mistake_is_named_with_those_there_are()
    {
        (int status, string errors) = await Run("mutate", _folder, "--operator", "make-coffee");
        Assert.That(status, Is.EqualTo(ExitCode.BadInput));
        Assert.That(errors, Does.StartWith("kmemcg-lint: no mistake 'make-coffee'; there are ").And.Contains("drop-unlock"));
    }

    [TestCase("cost", "--rounds", "0")]
    [TestCase("cost", "--rounds", "many")]
    [TestCase("cost", "--slowest", "-5")]
    [TestCase("--patch")]
    [TestCase("one", "two")]
    [TestCase("--ptach", "a.patch")]
    [TestCase("mutate", "--mised")]
    public async Task Options_that_are_none_point_at_the_help(params string[] arguments)
    {
        (int status, string errors) = await Run(arguments);
        Assert.That(status, Is.EqualTo(ExitCode.BadInput));
        Assert.That(errors, Does.EndWith("kmemcg-lint: see 'kmemcg-lint --help'\n"));
    }

    [Test]
    public async Task A_mistyped_option_is_no_project()
    {
        (int status, string errors) = await Run("--stict");
        Assert.That((status, errors), Is.EqualTo((ExitCode.BadInput, "kmemcg-lint: there is no option '--stict'\nkmemcg-lint: see 'kmemcg-lint --help'\n")));
    }

    [Test]
    public async Task What_is_cancelled_says_nothing()
    {
        File.WriteAllText(Path.Combine(_folder, "a.csproj"), "<Project />");
        using var errors = new StringWriter();
        int status = await LintCommand.RunAsync([_folder], errors, new CancellationToken(canceled: true));
        Assert.That((status, errors.ToString()), Is.EqualTo((ExitCode.Cancelled, "")));
    }

    private static async Task<(int Status, string Errors)> Run(params string[] arguments)
    {
        using var errors = new StringWriter();
        return (await LintCommand.RunAsync(arguments, errors, CancellationToken.None), errors.ToString());
    }
}
