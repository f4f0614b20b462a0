using System.Globalization;
using System.Runtime.Versioning;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A PostgreSQL database cluster: the data of one server, with the programs of the version that wrote it.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PostgresCluster
{
    // The oldest version that is tested.
    private static readonly Version _minimumVersion = new(15, 0);

    private static readonly string[] _asPostgresUser = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"];

    private readonly string _directory;
    private readonly string _programs;

    private PostgresCluster(string directory, string programs) => (_directory, _programs) = (directory, programs);

    /// <summary>The directory that <c>postgres -D</c> takes.</summary>
    public string DataPath => GetDataPath(_directory);

    // PostgreSQL refuses to run as root. Debian's package creates a user for it.
    private static bool RunsAsPostgresUser => Environment.IsPrivilegedProcess;

    /// <summary>Opens the cluster in a directory. The cluster need not exist yet.</summary>
    /// <exception cref="DistributedApplicationException">
    /// PostgreSQL is not installed, is too old, or is not the version that wrote the data.
    /// </exception>
    public static PostgresCluster Open(string directory)
    {
        var installed = FindInstalled(new("/usr/lib/postgresql"));
        var newest = Path.GetDirectoryName(LocalExecutable.Find("postgres", "postgresql", installed))!;

        if (RunsAsPostgresUser)
        {
            ThrowIfNotAccessible(Path.GetDirectoryName(directory)!);
        }

        var versionFile = Path.Combine(GetDataPath(directory), "PG_VERSION");
        if (!File.Exists(versionFile))
        {
            var version = GetVersion(newest);
            ServerVersion.ThrowIfOlder("PostgreSQL", newest, version, _minimumVersion);
            return new(directory, newest);
        }

        var required = File.ReadAllText(versionFile).Trim();
        var programs = installed.Prepend(newest).FirstOrDefault(candidate => GetMajorVersion(candidate) == required)
            ?? throw new DistributedApplicationException(
                $"The data in {directory} was written by PostgreSQL {required}, but PostgreSQL {GetMajorVersion(newest)} is installed. "
                + $"Install PostgreSQL {required}, choose another directory with --data DIR, or delete {directory} to start afresh.");
        return new(directory, programs);
    }

    /// <summary>Returns the beginning of a command line that runs one of PostgreSQL's programs as the right user.</summary>
    public string[] GetCommand(string program) => RunsAsPostgresUser
        ? [.. _asPostgresUser, Path.Combine(_programs, program)]
        : [Path.Combine(_programs, program)];

    /// <summary>Creates the cluster if it does not exist. An interrupted call leaves no incomplete cluster behind.</summary>
    public async Task CreateIfMissingAsync(string password, CancellationToken cancellationToken)
    {
        if (Directory.Exists(DataPath))
        {
            return;
        }

        var unfinished = Path.Combine(_directory, "unfinished");
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        var passwordFile = Path.Combine(_directory, "password");
        DataDirectory.WriteSecret(passwordFile, password);
        if (RunsAsPostgresUser)
        {
            await LocalExecutable.RunAsync("chown", ["-R", "postgres:", _directory], cancellationToken);
        }

        string[] command =
        [
            .. GetCommand("initdb"), "-D", unfinished, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={passwordFile}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        ];
        await LocalExecutable.RunAsync(command[0], command[1..], cancellationToken);
        File.Delete(passwordFile);
        Directory.Move(unfinished, DataPath);
    }

    private static string GetDataPath(string directory) => Path.Combine(directory, "data");

    // The directory of the server becomes its own; the directories above it do not.
    private static void ThrowIfNotAccessible(string directory)
    {
        try
        {
            string[] command = [.. _asPostgresUser, "test", "-x", directory];
            LocalExecutable.RunAsync(command[0], command[1..], CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (DistributedApplicationException)
        {
            throw new DistributedApplicationException(
                $"PostgreSQL, which runs as the user postgres, cannot enter {directory}. Choose another directory with --data DIR.");
        }
    }

    /// <summary>Returns the directories with the programs of a server, the newest version first.</summary>
    /// <remarks>
    /// Debian installs versions side by side, in directories that are not on the PATH. A directory without a server contains the clients
    /// only. 9.6 is older than 15.
    /// </remarks>
    internal static string[] FindInstalled(DirectoryInfo versions) => versions.Exists
        ? [.. versions.GetDirectories()
            .OrderByDescending(version => ServerVersion.Parse($"{version.Name}.0"))
            .Select(version => Path.Combine(version.FullName, "bin"))
            .Where(programs => File.Exists(Path.Combine(programs, "postgres")))]
        : [];

    private static Version? GetVersion(string programs) => ServerVersion.Ask(Path.Combine(programs, "postgres"));

    private static string? GetMajorVersion(string programs) => GetVersion(programs)?.Major.ToString(CultureInfo.InvariantCulture);
}
