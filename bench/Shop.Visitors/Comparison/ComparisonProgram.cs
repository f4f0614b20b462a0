using System.Net.Http.Headers;
using System.Text.Json;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Comparison;

/// <summary>The command that compares Insights with the truth of a run. docs/visitors.md describes it.</summary>
internal static class ComparisonProgram
{
    /// <summary>The name of the command.</summary>
    public const string Name = "compare";

    private const string Usage = $"Use: {Name} [ADDRESS OF INSIGHTS] < TRUTH, with a token of staff in {Token}.";
    private const string Token = "SHOP_STAFF_TOKEN";
    private const string DefaultAddress = "http://localhost:15150";

    // Events and spans are stored within seconds; events that wait at the broker, within some more.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(1);

    /// <summary>Reads the truth from standard input, compares, and returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (arguments.Count > 1
            || !Uri.TryCreate(arguments.FirstOrDefault(DefaultAddress), UriKind.Absolute, out var address)
            || Environment.GetEnvironmentVariable(Token) is not { Length: > 0 } token)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            var truth = RunTruth.FromJson(await Console.In.ReadToEndAsync(cancellationToken));
            var comparison = new InsightsComparison(http, truth);
            var differences = await comparison.CompareAsync(_timeout, cancellationToken);
            var sessions = await new SessionComparison(http, truth).CompareAsync(_timeout, cancellationToken);
            foreach (var difference in differences.Concat(sessions))
            {
                Console.Error.WriteLine(difference);
            }

            var failed = truth.Failures.Select(failure => failure.Visit).Distinct().Count();
            Console.WriteLine(
                $"{truth.Visits} visits, of which {failed} have failed: {comparison.Compared} figures compared, "
                + $"{differences.Count} differ; {truth.Sessions.Count} sessions compared, {sessions.Count} differ");
            return differences.Count + sessions.Count == 0 ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
    }
}
