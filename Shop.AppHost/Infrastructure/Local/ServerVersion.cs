using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>The versions of the servers that are installed on this machine.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class ServerVersion
{
    /// <summary>Throws if a server is older than Shop needs.</summary>
    /// <param name="server">The name of the product.</param>
    /// <param name="program">The path of its program.</param>
    /// <param name="version">The version of the program; <see langword="null"/> if it is unknown.</param>
    /// <param name="minimum">The lowest version that Shop runs on.</param>
    /// <exception cref="DistributedApplicationException">The server is too old.</exception>
    public static void ThrowIfOlder(string server, string program, Version? version, Version minimum)
    {
        if (version is not null && version < minimum)
        {
            throw new DistributedApplicationException(
                $"{server} {version} ({program}) is too old: Shop needs {server} {minimum} or later. "
                + "Install a newer version, or start Docker or Podman.");
        }
    }

    /// <summary>Asks a program for its version.</summary>
    public static Version? Ask(string program) =>
        Parse(LocalExecutable.RunAsync(program, ["--version"], CancellationToken.None).GetAwaiter().GetResult());

    /// <summary>Returns the version in the path of RabbitMQ's scripts. To ask the scripts would start an Erlang virtual machine.</summary>
    /// <param name="program">The path of a script, which may be a symbolic link.</param>
    public static Version? OfRabbitMQ(string program)
    {
        var script = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        return RabbitMQDirectory().Match(script) is { Success: true } match ? Parse(match.Value) : null;
    }

    internal static Version? Parse(string text) =>
        Number().Match(text) is { Success: true } match ? Version.Parse(match.Value) : null;

    // Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0
    // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Number();

    // Debian and the generic archive: lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server
    // Homebrew: Cellar/rabbitmq/4.0.5/sbin/rabbitmq-server.
    [GeneratedRegex(@"(?<=/rabbitmq_server-|/rabbitmq/)\d+\.\d+")]
    private static partial Regex RabbitMQDirectory();
}
