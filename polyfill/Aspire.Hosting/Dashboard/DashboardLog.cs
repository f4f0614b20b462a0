using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard's own log, a JSON object on each line, as logs of the AppHost: a dashboard that fails cannot show why.</summary>
internal static class DashboardLog
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNameCaseInsensitive = true };

    public static async Task ForwardAsync(IAsyncEnumerable<IReadOnlyList<LogLine>> lines, ILoggerFactory loggerFactory)
    {
        try
        {
            await foreach (var line in lines.SelectMany(batch => batch.ToAsyncEnumerable()))
            {
                // In front of each line stands its time.
                var text = line.Content[(line.Content.IndexOf(' ', StringComparison.Ordinal) + 1)..];
                if (!text.StartsWith('{'))
                {
                    continue;
                }

                if (JsonSerializer.Deserialize<Entry>(text, _json) is { } entry && Enum.TryParse<LogLevel>(entry.LogLevel, out var level))
                {
                    var isOwn = entry.Category.StartsWith("Aspire.Dashboard.", StringComparison.Ordinal);
                    var category = isOwn
                        ? $"Aspire.Hosting.Dashboard.{entry.Category["Aspire.Dashboard.".Length..]}"
                        : $"Aspire.Hosting.Dashboard.ThirdParty.{entry.Category}";
                    loggerFactory.CreateLogger(category).Log(level, 0, entry, null, (e, _) => e.Text);
                }
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or JsonException or ObjectDisposedException)
        {
            // The application stops, or a line was no log entry after all; the console log of the resource has everything.
        }
    }

    private sealed record Entry(string LogLevel, string Category, string Message, string? Exception)
    {
        public string Text => Exception is null ? Message : Message + Environment.NewLine + Exception;
    }
}
