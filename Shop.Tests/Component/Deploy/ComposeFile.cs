using System.Text.RegularExpressions;
using Shop.Tests.Support;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Shop.Tests.Component.Deploy;

/// <summary>
/// A Compose file of <c>deploy/compose</c>, with merged mappings. The value of a variable of <c>.env</c> is its name in lower case, with
/// hyphens, in angle brackets.
/// </summary>
internal sealed partial class ComposeFile
{
    /// <summary>The directory of the Compose files.</summary>
    public static string Directory { get; } = System.IO.Path.Combine(Repository.Root, "deploy", "compose");

    private readonly Dictionary<object, object> _root;

    private ComposeFile(Dictionary<object, object> root) => _root = root;

    public IEnumerable<string> Services => Map(_root["services"]).Keys.Cast<string>();

    public IEnumerable<string> Volumes => Map(_root["volumes"]).Keys.Cast<string>();

    /// <summary>The variables that the file takes from <c>.env</c>.</summary>
    public static IReadOnlyCollection<string> Variables { get; } =
        Interpolation().Matches(File.ReadAllText(Path)).Select(match => match.Groups[1].Value).ToHashSet();

    private static string Path => System.IO.Path.Combine(Directory, "compose.yaml");

    /// <summary>Reads <c>compose.yaml</c>, or a file that is added to it.</summary>
    public static ComposeFile Load(string file = "compose.yaml")
    {
        var parser = new MergingParser(new Parser(new StringReader(File.ReadAllText(System.IO.Path.Combine(Directory, file)))));
        return new(new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser));
    }

    /// <summary>Returns the value of a key of a service, or of a key in it; null if there is none.</summary>
    public object? Find(string service, params string[] path)
    {
        object? node = Map(_root["services"])[service];
        foreach (var key in path)
        {
            node = (node as Dictionary<object, object>)?.GetValueOrDefault(key);
        }

        return node;
    }

    /// <summary>Returns the texts of a list of a service, which may be empty.</summary>
    public IReadOnlyList<string> List(string service, string key) =>
        Find(service, key) is List<object> list ? [.. list.Select(item => $"{item}")] : [];

    public SortedDictionary<string, string> GetEnvironment(string service) => new(
        Map(Find(service, "environment")!).ToDictionary(variable => (string)variable.Key, variable => Interpolate((string)variable.Value)),
        StringComparer.Ordinal);

    public ContainerSettings GetContainer(string service)
    {
        var user = Find(service, "user") as string;
        return new(
            service,
            ((string)Find(service, "image")!).Replace("${IMAGE_TAG:?is not in .env}", "0.1.0", StringComparison.Ordinal),
            user is null ? null : long.Parse(user.Split(':')[0], null),
            ReadOnly: Find(service, "read_only") is "true",
            DropsAllCapabilities: List(service, "cap_drop").SequenceEqual(["ALL"]) && List(service, "cap_add").Count == 0,
            CanGainPrivileges: !List(service, "security_opt").Contains("no-new-privileges:true"),
            Privileged: Find(service, "privileged") is "true",
            Find(service, "deploy", "resources", "limits", "cpus") as string,
            Find(service, "deploy", "resources", "limits", "memory") as string,
            HasHealthCheck: Find(service, "healthcheck", "test") is List<object>);
    }

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static string Interpolate(string value) =>
        Interpolation().Replace(value, match => $"<{match.Groups[1].Value.ToLowerInvariant().Replace('_', '-')}>")
            .Replace("$$", "$", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<!\$)\$\{(\w+)(?::[?-][^}]*)?\}")]
    private static partial Regex Interpolation();
}
