using System.Globalization;

namespace Shop.Bench;

/// <summary>Command-line options in the form <c>--name value</c>.</summary>
internal sealed class Arguments(IReadOnlyDictionary<string, string> values)
{
    /// <summary>Parses the options that follow the name of the benchmark.</summary>
    public static Arguments Parse(string[] args) =>
        new(args.Skip(1).Chunk(2).ToDictionary(pair => pair[0].TrimStart('-'), pair => pair[1]));

    public string GetString(string name, string defaultValue) => values.GetValueOrDefault(name, defaultValue);

    public int GetInt32(string name, int defaultValue) =>
        values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : defaultValue;
}
