namespace Shop.Tests.Component.Deploy;

/// <summary>A test with <c>promtool</c>. It is skipped where it is not installed; <c>./test</c> installs it on Debian.</summary>
public sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = Programs.IsInstalled("promtool") ? null! : "Not installed: promtool.";
}

/// <summary>A theory with <c>promtool</c>.</summary>
public sealed class PromtoolTheoryAttribute : TheoryAttribute
{
    public PromtoolTheoryAttribute() => Skip = Programs.IsInstalled("promtool") ? null! : "Not installed: promtool.";
}

/// <summary>A theory that builds an overlay of Kustomize. It is skipped where <c>kubectl</c> is not installed.</summary>
public sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute() => Skip = Programs.IsInstalled("kubectl") ? null! : "Not installed: kubectl.";
}

/// <summary>A test that builds an overlay of Kustomize.</summary>
public sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute() => Skip = Programs.IsInstalled("kubectl") ? null! : "Not installed: kubectl.";
}

internal static class Programs
{
    public static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, program)));
}
