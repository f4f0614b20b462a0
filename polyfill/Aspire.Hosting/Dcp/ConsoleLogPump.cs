using System.Collections.Concurrent;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Copies the console output of each process from DCP, which drops it with the executable, into the console logs here.</summary>
internal sealed partial class ConsoleLogPump(DcpHost host, ResourceLoggerService loggers, ILogger<ConsoleLogPump> logger)
{
    private readonly ConcurrentDictionary<string, Source[]> _sources = new();

    /// <summary>
    /// Reads along from the first sight of a process; when it has ended, reads the rest, so that whoever hears of the end finds the
    /// last lines. (DCP closes a followed log only seconds after the end.)
    /// </summary>
    public async Task FollowAsync(DcpExecutable executable, CancellationToken cancellationToken)
    {
        var name = executable.Metadata.Name;
        var uid = executable.Metadata.Uid ?? name;
        var sources = _sources.GetOrAdd(uid, _ => [new("stdout", name), new("stderr", name), new("system", name)]);

        foreach (var source in sources)
        {
            if (executable.Status!.HasEnded)
            {
                await source.StopAsync();
                await ReadAsync(source, follow: false, cancellationToken);
                source.IsComplete = true;
            }
            else if (source.Reading is null)
            {
                source.Start(stop => ReadAsync(source, follow: true, stop), cancellationToken);
            }
        }
    }

    private async Task ReadAsync(Source source, bool follow, CancellationToken cancellationToken)
    {
        if (source.IsComplete)
        {
            return;
        }

        var log = loggers.Log(source.Executable);
        try
        {
            await foreach (var line in host.Client.ReadLogAsync(source.Executable, source.Name, follow, source.LinesRead, cancellationToken))
            {
                source.LinesRead++;
                log.Add(source.Name == "system" ? ReadableSystemLine(line) : line, isError: source.Name == "stderr");
            }
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException or OperationCanceledException)
        {
            // The executable was deleted for a restart, or everything stops.
            ReadingEnded(ex, source.Executable, source.Name);
        }
    }

    /// <summary>
    /// DCP's own lines about a process come as <c>TIME \t LEVEL \t CATEGORY \t TEXT [\t {"Cmd":..,"Args":..,"error":..}]</c>, with a time
    /// in front. The arguments are left out: some are passwords, and a console log hides nothing.
    /// </summary>
    private static string ReadableSystemLine(string line)
    {
        var parts = line.Split('\t', 5);
        if (parts.Length < 4)
        {
            return line;
        }

        var details = parts.Length == 5 ? JsonSerializer.Deserialize<SystemLineDetails>(parts[4], DcpJson.Options) : null;

        return $"{parts[0].Split(' ')[0]} [sys] {parts[3]} {details?.Cmd} {details?.Error}".TrimEnd();
    }

    [LoggerMessage(LogLevel.Debug, "Reading {Source} of '{Executable}' ended.")]
    private partial void ReadingEnded(Exception exception, string executable, string source);

    private sealed record SystemLineDetails(string? Cmd, string? Error);

    private sealed class Source(string name, string executable)
    {
        private CancellationTokenSource? _stop;

        public string Name { get; } = name;

        public string Executable { get; } = executable;

        public int LinesRead { get; set; }

        public bool IsComplete { get; set; }

        public Task? Reading { get; private set; }

        public void Start(Func<CancellationToken, Task> read, CancellationToken cancellationToken)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Reading = read(_stop.Token);
        }

        public async Task StopAsync()
        {
            if (_stop is not null)
            {
                await _stop.CancelAsync();
                await Reading!;
            }
        }
    }
}
