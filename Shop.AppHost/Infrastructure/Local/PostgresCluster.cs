using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>The files of a local Postgres server, with the programs of their version and the user that may run them.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class PostgresCluster
{
    private readonly string _home;
    private readonly string _programs;

    private PostgresCluster(string home, string programs) => (_home, _programs) = (home, programs);

    /// <summary>What <c>postgres -D</c> takes.</summary>
    public string Directory => Path.Combine(_home, "data");

    // Postgres refuses to run as root; Debian's package brings a user for it.
    private static bool RunsAsOtherUser => Environment.IsPrivilegedProcess;

    /// <param name="home">Where the files are, or will be.</param>
    /// <exception cref="DistributedApplicationException">Postgres is not installed, or not in the version that wrote the files.</exception>
    public static PostgresCluster At(string home)
    {
        // Debian keeps versions side by side and off the PATH.
        var versions = new DirectoryInfo("/usr/lib/postgresql");
        string[] places = versions.Exists ? [.. versions.GetDirectories().Select(version => Path.Combine(version.FullName, "bin")).OrderDescending()] : [];
        var newest = Path.GetDirectoryName(ServerProgram.Find("postgres", "postgresql", places))!;

        var written = Path.Combine(home, "data", "PG_VERSION");
        if (!File.Exists(written))
        {
            return new(home, newest);
        }

        var wanted = File.ReadAllText(written).Trim();
        var programs = places.Prepend(newest).FirstOrDefault(directory => VersionOf(directory) == wanted)
            ?? throw new DistributedApplicationException(
                $"The data in {home} was written by PostgreSQL {wanted}, and installed is {VersionOf(newest)}. "
                + $"Install PostgreSQL {wanted}, name another directory with --data DIR, or delete this one to start afresh.");
        return new(home, programs);
    }

    /// <summary>The start of a command line that runs one of Postgres's programs as the right user.</summary>
    public string[] Command(string program) => RunsAsOtherUser
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", Path.Combine(_programs, program)]
        : [Path.Combine(_programs, program)];

    /// <summary>Makes the files at the first run. A run that is cut short leaves none behind that a later one would take for whole.</summary>
    public async Task CreateIfMissingAsync(string password, CancellationToken cancellationToken)
    {
        if (System.IO.Directory.Exists(Directory))
        {
            return;
        }

        var unfinished = Path.Combine(_home, "unfinished");
        if (System.IO.Directory.Exists(unfinished))
        {
            System.IO.Directory.Delete(unfinished, recursive: true);
        }

        var passwordFile = Path.Combine(_home, "password");
        DataDirectory.WriteSecret(passwordFile, password);
        if (RunsAsOtherUser)
        {
            await ServerProgram.RunAsync("chown", ["-R", "postgres:", _home], cancellationToken);
        }

        string[] command =
        [
            .. Command("initdb"), "-D", unfinished, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={passwordFile}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        ];
        await ServerProgram.RunAsync(command[0], command[1..], cancellationToken);
        File.Delete(passwordFile);
        System.IO.Directory.Move(unfinished, Directory);
    }

    private static string VersionOf(string programs)
    {
        var text = ServerProgram.RunAsync(Path.Combine(programs, "postgres"), ["--version"], CancellationToken.None).GetAwaiter().GetResult();
        return MajorVersion().Match(text).Value;
    }

    // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    [GeneratedRegex(@"(?<=\(PostgreSQL\) )\d+")]
    private static partial Regex MajorVersion();
}
