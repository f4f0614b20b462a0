using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

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
    private const string SecretCharacters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int SecretLength = 48;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    // Others can enter the directory, as a server that runs as its own user must, but not list it.
    private const UnixFileMode OwnerAndTraversal = OwnerOnlyDirectory | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // The error of flock(2) for a file that another process has locked, on Linux and on macOS.
    private static readonly int[] _lockedErrors = [11, 35];

    private readonly string _root;
    private readonly FileStream _lock;
    private readonly List<string> _unusedUserSecrets = [];

    private DataDirectory(string root, FileStream @lock) => (_root, _lock) = (root, @lock);

    /// <summary>Opens the directory, creates it if it does not exist, and locks it for the lifetime of the returned instance.</summary>
    /// <param name="path">The full path; <see langword="null"/> for the directory of the current user.</param>
    /// <exception cref="DistributedApplicationException">The directory contains other files, is in use, or is not writable.</exception>
    public static DataDirectory Open(string? path)
    {
        var root = path;
        try
        {
            root ??= GetDefaultRoot();
            if (root.Any(character => character is '\'' or '"' || char.IsControl(character)))
            {
                // Its monitor of the free disk space passes the path to a shell between quotation marks, and the start waits for it.
                throw new DistributedApplicationException(
                    $"RabbitMQ cannot start in {root}, whose path contains a quotation mark. Choose another directory with --data DIR.");
            }

            var marker = Path.Combine(root, MarkerName);
            if (Directory.Exists(root) && !File.Exists(marker) && Directory.EnumerateFileSystemEntries(root).Any())
            {
                throw new DistributedApplicationException(
                    $"{root} contains files that do not belong to Shop. Choose another directory with --data DIR.");
            }

            Directory.CreateDirectory(root);
            // As root, PostgreSQL runs as a user of its own (PostgresCluster).
            File.SetUnixFileMode(root, Environment.IsPrivilegedProcess ? OwnerAndTraversal : OwnerOnlyDirectory);
            File.WriteAllText(marker, MarkerText);
            return new(root, Lock(root));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new DistributedApplicationException(
                $"Cannot use {root ?? "the home directory"} for the data: {e.Message} Choose another directory with --data DIR.");
        }
    }

    /// <summary>Returns the directory of a server, which other users cannot enter. Creates it if it does not exist.</summary>
    public string GetServerDirectory(string server)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, server), OwnerOnlyDirectory).FullName;
        File.SetUnixFileMode(directory, OwnerOnlyDirectory);
        return directory;
    }

    /// <summary>
    /// Returns a secret that is kept beside the data that it protects, so that it is neither lost nor replaced without the data.
    /// </summary>
    /// <param name="name">The name of the secret.</param>
    /// <param name="configuration">
    /// The configuration, which may have the secret as <c>Parameters:{name}</c>; <see langword="null"/> if it is generated always.
    /// </param>
    /// <exception cref="DistributedApplicationException">The secret is empty, or configured with another value.</exception>
    public string GetOrCreateSecret(string name, IConfiguration? configuration = null)
    {
        var key = $"Parameters:{name}";
        var file = Path.Combine(_root, $"{name}.secret");
        RenameFileOfEarlierVersion(name, file);
        var exists = File.Exists(file);
        var secret = exists
            ? File.ReadAllText(file).TrimEnd('\r', '\n') // Editors add a line break, which is not part of the secret.
            : configuration?[key] ?? RandomNumberGenerator.GetString(SecretCharacters, SecretLength);
        if (string.IsNullOrWhiteSpace(secret))
        {
            throw new DistributedApplicationException(
                exists ? $"The secret in {file} is empty. Restore the file, or delete it for a new secret." : $"{key} is empty.");
        }

        if (configuration is not null && UserSecrets.GetOverride(configuration, key) is { } value && value != secret)
        {
            throw new DistributedApplicationException(
                $"{key} is not the secret in {file}, which the data may need. Remove it from the configuration, or replace the file.");
        }

        if (exists && configuration?[key] is { } other && other != secret)
        {
            _unusedUserSecrets.Add(key);
        }

        if (!exists)
        {
            WriteSecret(file, secret);
        }

        return secret;
    }

    /// <summary>Returns whether <see cref="GetOrCreateSecret"/> has created a secret, or the configuration has it.</summary>
    public bool HasSecret(string name, IConfiguration configuration) =>
        File.Exists(Path.Combine(_root, $"{name}.secret")) || UserSecrets.GetOverride(configuration, $"Parameters:{name}") is not null;

    /// <summary>
    /// Returns a line that names the user secrets that <see cref="GetOrCreateSecret"/> did not use, because the data has other secrets;
    /// <see langword="null"/> if there are none.
    /// </summary>
    public string? DescribeUnusedUserSecrets() => _unusedUserSecrets.Count is 0
        ? null
        : $"Not used from the user secrets: {string.Join(", ", _unusedUserSecrets)}. The secrets of the data are in {_root}.";

    /// <summary>Writes a file that only the current user can read. The file is replaced completely or not at all.</summary>
    public static void WriteSecret(string path, string text)
    {
        var unfinished = $"{path}.unfinished";
        File.Delete(unfinished); // The mode applies to new files only.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using (var file = new FileStream(unfinished, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    // The password of a server was in redis.password.
    private void RenameFileOfEarlierVersion(string name, string file)
    {
        const string Suffix = "-password";
        if (name.EndsWith(Suffix, StringComparison.Ordinal)
            && Path.Combine(_root, $"{name[..^Suffix.Length]}.password") is var earlier
            && File.Exists(earlier) && !File.Exists(file))
        {
            File.Move(earlier, file);
        }
    }

    private static FileStream Lock(string root)
    {
        try
        {
            return new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (_lockedErrors.Contains(e.HResult))
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
