using System.Net;
using System.Net.Http.Json;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Comparison;

/// <summary>
/// Compares the events of each session in Insights with the truth of a run. A session of a visit without a failure has each event as often
/// as the truth. A visit that failed may have done something that it does not know of: its session has each event at least as often.
/// </summary>
/// <param name="insights">A client of Insights with a token of staff.</param>
/// <param name="truth">The truth.</param>
internal sealed class SessionComparison(HttpClient insights, RunTruth truth)
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Compares all sessions, and those that differ again until the time is over. Returns the differences.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var failed = truth.Failures.Select(failure => failure.Visit).ToHashSet();
        var (sessions, differences) = (truth.Sessions, new List<string>());
        while (true)
        {
            differences.Clear();
            var different = new List<SessionTruth>();
            foreach (var session in sessions)
            {
                if (await CompareAsync(session, failed.Contains(session.Visit), cancellationToken) is { } difference)
                {
                    different.Add(session);
                    differences.Add(difference);
                }
            }

            if (different.Count == 0 || TimeProvider.System.GetElapsedTime(started) > timeout)
            {
                return differences;
            }

            sessions = different;
            await Task.Delay(_pollInterval, cancellationToken);
        }
    }

    private async Task<string?> CompareAsync(SessionTruth session, bool hasFailed, CancellationToken cancellationToken)
    {
        using var response = await insights.GetAsync($"/api/v1/sessions/{session.SessionId}", cancellationToken);
        var answer = response.StatusCode is HttpStatusCode.NotFound
            ? new([])
            : await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SessionAnswer>(cancellationToken);
        var counts = answer!.Events.DistinctBy(item => item.Work).CountBy(item => item.Name).ToDictionary();
        var different = session.Events.Keys.Union(hasFailed ? [] : counts.Keys)
            .Select(name => (Name: name, Expected: session.Events.GetValueOrDefault(name), Actual: counts.GetValueOrDefault(name)))
            .Where(item => hasFailed ? item.Actual < item.Expected : item.Actual != item.Expected)
            .Select(item => $"{item.Name} {item.Expected}, but {item.Actual} in Insights")
            .ToList();
        return different.Count == 0 ? null : $"session {session.SessionId} of visit {session.Visit}: {string.Join("; ", different)}";
    }
}
