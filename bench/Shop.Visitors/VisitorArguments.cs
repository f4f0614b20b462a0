using System.Globalization;
using Shop.Visitors.Plans;

namespace Shop.Visitors;

/// <summary>The command line: pairs of an option and its value.</summary>
/// <param name="Address">The address of the shop.</param>
/// <param name="Visits">The number of visits; null for visits without an end.</param>
/// <param name="Plan">What the visitors do.</param>
/// <param name="ThinkingTime">The mean time before each step.</param>
internal sealed record VisitorArguments(Uri Address, int? Visits, RunPlan Plan, TimeSpan ThinkingTime)
{
    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option is unknown, or its value is not valid.</exception>
    public static VisitorArguments Parse(IReadOnlyList<string> arguments)
    {
        var options = new Dictionary<string, string>
        {
            ["--address"] = "http://localhost:15100",
            ["--visits"] = "",
            ["--rate"] = "60",
            ["--seed"] = "1",
            ["--faults"] = "browser",
            ["--thinking"] = "3",
        };
        for (var index = 0; index < arguments.Count; index += 2)
        {
            if (!options.ContainsKey(arguments[index]) || index + 1 == arguments.Count)
            {
                throw new ArgumentException($"Use pairs of {string.Join(", ", options.Keys)} and a value.");
            }

            options[arguments[index]] = arguments[index + 1];
        }

        return new(
            Uri.TryCreate(options["--address"], UriKind.Absolute, out var shop) && shop.Scheme is "http" or "https"
                ? shop
                : throw new ArgumentException("--address must be an address such as http://localhost:15100."),
            options["--visits"] is "" ? null : (int)ReadNumber("--visits", 1, 1_000_000),
            new RunPlan(
                (int)ReadNumber("--seed", 0, int.MaxValue),
                ReadNumber("--rate", 0.1, 100_000),
                options["--faults"] switch
                {
                    "none" => [],
                    "browser" => RunPlan.BrowserFaults,
                    "all" => RunPlan.AllFaults,
                    _ => throw new ArgumentException("--faults must be none, browser or all."),
                }),
            TimeSpan.FromSeconds(ReadNumber("--thinking", 0, 600)));

        double ReadNumber(string option, double min, double max) =>
            double.TryParse(options[option], CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
                ? value
                : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{option} must be {min} to {max}."));
    }
}
