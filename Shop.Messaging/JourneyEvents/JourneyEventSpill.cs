using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.PersistentStorage.FileSystem;
using Shop.Telemetry.Hosting;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// Stores batches in files while the broker is not available. The next process publishes the files of a process that has ended.
/// </summary>
/// <remarks>
/// Each process locks a directory of its own, <c>SpillPath/Shop.Cart/0</c> for example. The lock ends with the process, however it ends.
/// The other processes look for directories that are not locked, and publish their files. After a crash of the process, a file is
/// complete or absent; it is not flushed to the disk, so that a failure of the machine may truncate or lose it.
/// </remarks>
internal sealed class JourneyEventSpill(
    IOptions<JourneyEventOptions> options, IHostEnvironment host, TimeProvider time, ILogger<JourneyEventSpill> log) : IDisposable
{
    private const int MaxDirectories = 1000;
    private const long Megabyte = 1024 * 1024;
    private const string LockName = "in-use";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan _maintenanceInterval = TimeSpan.FromMinutes(2);

    // FileBlobProvider deletes older files. Ten years, so that it deletes no file before it was published.
    private static readonly TimeSpan _retentionPeriod = TimeSpan.FromDays(3650);

    private static readonly TimeSpan _initialWriteDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _maxWriteDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _logInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, FileStream> _locks = new(StringComparer.Ordinal);
    private readonly string _root = Path.GetFullPath(Path.Combine(GetSpillPath(options.Value), host.ApplicationName));
    private FileBlobProvider? _provider;
    private string? _directory;
    private long _failedAt;
    private int _failures;
    private long? _loggedAt;

    /// <summary>
    /// Takes the directories of processes that have ended over, and returns their files and those of this process, oldest first.
    /// </summary>
    /// <param name="known">The paths of the files that were returned before and are not published yet.</param>
    /// <param name="isLeftOut">Whether a file stays where it is. A directory with no other files is released again.</param>
    public IReadOnlyList<FileBlob> Recover(IReadOnlySet<string> known, Predicate<string> isLeftOut)
    {
        if (!Directory.Exists(_root) || !TryOpen())
        {
            return [];
        }

        try
        {
            // The names begin with the time.
            var found = Directory.GetDirectories(_root)
                .Where(directory => _locks.ContainsKey(directory) || TryLock(directory))
                .SelectMany(directory => Directory.GetFiles(directory, "*.blob"))
                .Where(file => !known.Contains(file) && !isLeftOut(file))
                .OrderBy(Path.GetFileName, StringComparer.Ordinal)
                .ToList();
            ReleaseExcept([.. known, .. found]);
            return [.. found.Select(file => new FileBlob(file))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (ShouldLog())
            {
                log.SpillUnavailable(_root, exception);
            }

            return [];
        }
    }

    /// <summary>
    /// Moves a batch from memory to a file. Returns <see langword="false"/> when the space is used up, the disk fails, or it has failed
    /// a moment ago.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="isLastAttempt">Whether to write also when the disk has failed a moment ago.</param>
    public bool TryWrite(JourneyEventBatch batch, bool isLastAttempt)
    {
        if (_failures > 0
            && !isLastAttempt
            && time.GetElapsedTime(_failedAt) < RetryDelay.Get(_failures, _initialWriteDelay, _maxWriteDelay))
        {
            return false;
        }

        if (batch.ReadBody() is { } body && TryOpen() && _provider!.TryCreateBlob(body.AsSpan(), out var file))
        {
            batch.MoveTo((FileBlob)file);
            _failures = 0;
            return true;
        }

        _failures++;
        _failedAt = time.GetTimestamp();
        if (ShouldLog())
        {
            log.SpillFailed(_root, options.Value.MaxSpillMegabytes);
        }

        return false;
    }

    /// <summary>Deletes the file of a batch that was published. Returns <see langword="false"/> if the file is still there.</summary>
    public bool Delete(JourneyEventBatch batch)
    {
        if (batch.File is not { } file || file.TryDelete())
        {
            return true;
        }

        log.SpilledFileNotDeleted(file.FullPath);
        return false;
    }

    public void Dispose()
    {
        _provider?.Dispose();
        foreach (var file in _locks.Values)
        {
            file.Dispose();
        }

        _locks.Clear();
    }

    private static string GetSpillPath(JourneyEventOptions options)
    {
        if (options.SpillPath is { Length: > 0 } path)
        {
            return path;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), JourneyEventExchange.Name);
    }

    private bool TryOpen()
    {
        if (_provider is not null)
        {
            return true;
        }

        try
        {
            for (var number = 0; number < MaxDirectories; number++)
            {
                var directory = Path.Combine(_root, number.ToString(CultureInfo.InvariantCulture));
                CreateDirectory(directory);
                if (TryLock(directory))
                {
                    _directory = directory;
                    _provider = new FileBlobProvider(
                        directory,
                        options.Value.MaxSpillMegabytes * Megabyte,
                        (int)_maintenanceInterval.TotalMilliseconds,
                        (long)_retentionPeriod.TotalMilliseconds);
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (ShouldLog())
            {
                log.SpillUnavailable(_root, exception);
            }
        }

        return false;
    }

    // A full disk would be logged again each time that a file is published and deleted.
    private bool ShouldLog()
    {
        if (_loggedAt is { } loggedAt && time.GetElapsedTime(loggedAt) < _logInterval)
        {
            return false;
        }

        _loggedAt = time.GetTimestamp();
        return true;
    }

    // A directory that stays locked would leave one directory less for the processes that start.
    private void ReleaseExcept(IEnumerable<string> files)
    {
        var used = files.Select(Path.GetDirectoryName).ToHashSet();
        foreach (var (directory, file) in _locks.Where(item => item.Key != _directory && !used.Contains(item.Key)).ToList())
        {
            file.Dispose();
            _locks.Remove(directory);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly);
        }
    }

    // The lock is advisory on Unix, and ends with the process.
    private bool TryLock(string directory)
    {
        try
        {
            _locks.Add(directory, new FileStream(
                Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // another process has locked it, or it is another user's
        }
    }
}
