namespace Shop.Tests.Integration;

/// <summary>A test that runs the backing services as local processes. It is skipped where their programs are not installed.</summary>
public sealed class LocalServersFactAttribute : FactAttribute
{
    private static readonly string[] _programs = ["redis-server", "postgres", "rabbitmq-server"];

    public LocalServersFactAttribute()
    {
        if (_programs.Where(program => !IsInstalled(program)).ToList() is { Count: > 0 } missing)
        {
            Skip = $"Not installed: {string.Join(", ", missing)}.";
        }
    }

    private static bool IsInstalled(string program)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var postgres = new DirectoryInfo("/usr/lib/postgresql");
        var offPath = postgres.Exists ? postgres.GetDirectories().Select(version => Path.Combine(version.FullName, "bin")) : [];
        return path.Concat(offPath).Append("/usr/lib/rabbitmq/bin").Any(directory => File.Exists(Path.Combine(directory, program)));
    }
}
