using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>
/// The directory that holds the data and the passwords of the local servers between runs: <c>--data DIR</c>, or <c>shop</c> in the user's
/// local application data.
/// </summary>
/// <remarks>
/// The directory is locked while an AppHost uses it. A marker file identifies it, so that no other directory is used by mistake.
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal sealed class DataDirectory
{
    private const string MarkerName = "shop-data.txt";
    private const string MarkerText = "Data of Shop's local servers. To start afresh, stop the AppHost and delete this directory.\n";
    private const string PasswordCharacters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int PasswordLength = 24;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Others can enter the directory, as a server that runs as its own user must, but not list it.
    private const UnixFileMode OwnerAndTraversal =
        OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _root;
    private readonly FileStream _lock;

    private DataDirectory(string root, FileStream @lock) => (_root, _lock) = (root, @lock);

    /// <summary>Opens the directory, creates it if it does not exist, and locks it for the lifetime of the returned instance.</summary>
    /// <exception cref="DistributedApplicationException">The directory contains other files, is in use, or is not writable.</exception>
    public static DataDirectory Open(string? path)
    {
        var root = Path.GetFullPath(path ?? GetDefaultRoot());
        try
        {
            var marker = Path.Combine(root, MarkerName);
            if (Directory.Exists(root) && !File.Exists(marker) && Directory.EnumerateFileSystemEntries(root).Any())
            {
                throw new DistributedApplicationException(
                    $"{root} contains files that do not belong to Shop. Choose another directory with --data DIR.");
            }

            Directory.CreateDirectory(root);
            File.SetUnixFileMode(root, OwnerAndTraversal);
            File.WriteAllText(marker, MarkerText);
            return new(root, Lock(root));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DistributedApplicationException($"Cannot write to {root}: {e.Message} Choose another directory with --data DIR.");
        }
    }

    /// <summary>Returns the directory of a server, and creates it if it does not exist.</summary>
    public string GetServerDirectory(string server) => Directory.CreateDirectory(Path.Combine(_root, server)).FullName;

    /// <summary>Returns the password of a server. It is generated on the first run and kept beside the data that it protects.</summary>
    public string GetOrCreatePassword(string server)
    {
        var file = Path.Combine(_root, $"{server}.password");
        if (!File.Exists(file))
        {
            WriteSecret(file, RandomNumberGenerator.GetString(PasswordCharacters, PasswordLength));
        }

        return File.ReadAllText(file);
    }

    /// <summary>Writes a file that only the current user can read.</summary>
    public static void WriteSecret(string path, string text) => Write(path, text, OwnerOnly);

    /// <summary>Writes a file that only the current user can read and execute.</summary>
    public static void WriteScript(string path, string text) => Write(path, text, OwnerOnly | UnixFileMode.UserExecute);

    private static void Write(string path, string text, UnixFileMode mode)
    {
        File.Delete(path); // The mode applies to new files only.
        using var writer = new StreamWriter(
            path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
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
                $"Another AppHost is using the data in {root}. Stop it, or choose another directory with --data DIR.");
        }
    }

    // The home directory of root is not accessible to the user that PostgreSQL runs as.
    private static string GetDefaultRoot() => Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()
        ? "/var/lib/shop"
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "shop");
}
