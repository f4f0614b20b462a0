using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>
/// Where the local servers keep their data and passwords between runs: <c>--data DIR</c>, or <c>shop</c> in the user's data directory.
/// </summary>
/// <remarks>Locked while an AppHost uses it, and marked as Shop's own, so that no other program's files are ever touched.</remarks>
[UnsupportedOSPlatform("windows")]
internal sealed class DataDirectory
{
    private const string MarkerName = "shop-data.txt";
    private const string MarkerText = "Data of Shop's local servers. Delete this directory, while the AppHost is stopped, to start afresh.\n";

    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Others may pass through, as a server that runs as its own user must, but not look around.
    private const UnixFileMode MineWithPassage = Mine | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _root;
    private readonly FileStream _lock;

    private DataDirectory(string root, FileStream @lock) => (_root, _lock) = (root, @lock);

    /// <summary>Opens the directory, creating it if need be, and keeps it locked as long as the instance lives.</summary>
    /// <exception cref="DistributedApplicationException">It holds files of somebody else, is in use, or cannot be written.</exception>
    public static DataDirectory Open(string? path)
    {
        var root = Path.GetFullPath(path ?? DefaultRoot());
        try
        {
            var marker = Path.Combine(root, MarkerName);
            if (Directory.Exists(root) && !File.Exists(marker) && Directory.EnumerateFileSystemEntries(root).Any())
            {
                throw new DistributedApplicationException($"{root} holds files that are not Shop's. Name another directory with --data DIR.");
            }

            Directory.CreateDirectory(root);
            File.SetUnixFileMode(root, MineWithPassage);
            File.WriteAllText(marker, MarkerText);
            return new(root, Lock(root));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DistributedApplicationException($"Cannot write to {root}: {e.Message} Name another directory with --data DIR.");
        }
    }

    /// <summary>A server's own directory, created if need be.</summary>
    public string Of(string server) => Directory.CreateDirectory(Path.Combine(_root, server)).FullName;

    /// <summary>A server's password: made at its first run, kept beside the data that it opens.</summary>
    public string PasswordOf(string server)
    {
        var file = Path.Combine(_root, $"{server}.password");
        if (!File.Exists(file))
        {
            WriteSecret(file, RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 24));
        }

        return File.ReadAllText(file);
    }

    /// <summary>Writes a file that only this user can read.</summary>
    public static void WriteSecret(string path, string text) => Write(path, text, Mine);

    /// <summary>Writes a file that can be run.</summary>
    public static void WriteScript(string path, string text) => Write(path, text, Mine | UnixFileMode.UserExecute);

    private static void Write(string path, string text, UnixFileMode mode)
    {
        File.Delete(path); // an existing file would keep the mode it has
        using var writer = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
        writer.Write(text);
    }

    private static FileStream Lock(string root)
    {
        try
        {
            return new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException(
                $"Another AppHost is running on the data in {root}. Stop it, or name another directory with --data DIR.");
        }
    }

    // Root's home is closed to the user that Postgres runs as.
    private static string DefaultRoot() => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()
        ? "/var/lib/shop"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "shop");
}
