using System.ComponentModel;
using System.Reflection;
using System.Text.RegularExpressions;
using Shop.Tests.Support;
using Shop.Web.Edge;

namespace Shop.Tests.Unit.ServiceDefaults;

/// <summary>The table of settings in the README of the service defaults says what the code does.</summary>
public sealed partial class SettingsTests
{
    private static readonly Dictionary<string, string> _documented = Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Shop.ServiceDefaults", "README.md")))
        .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value.Trim().Trim('`'));

    private static readonly List<(string Name, Type Type, object? Default)> _settings =
    [
        .. from type in typeof(EdgeOptions).Assembly.GetTypes()
           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)
           where section is { IsLiteral: true }
           from setting in SettingsOf((string)section.GetRawConstantValue()!, type)
           select setting,
    ];

    [Fact]
    public void Every_setting_is_in_the_readme_and_nothing_else() =>
        Assert.Equal(_settings.Select(setting => setting.Name).Order(StringComparer.Ordinal), _documented.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void All_are_in_one_section() => Assert.All(_settings, setting => Assert.StartsWith("Shop:", setting.Name, StringComparison.Ordinal));

    [Fact]
    public void Every_default_is_what_the_readme_says() => Assert.All(_settings, setting =>
    {
        var said = _documented[setting.Name];
        Assert.Equal(setting.Default, said == "none" ? null : TypeDescriptor.GetConverter(setting.Type).ConvertFromInvariantString(said));
    });

    private static IEnumerable<(string, Type, object?)> SettingsOf(string section, Type type)
    {
        var defaults = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = $"{section}:{property.Name}";
            var kind = property.PropertyType;
            if (kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(Dictionary<,>))
                (name, kind) = ($"{name}:NAME", kind.GetGenericArguments()[1]);

            if (kind.Assembly == type.Assembly)
            {
                foreach (var inner in SettingsOf(name, kind))
                    yield return inner;
            }
            else
            {
                yield return (name, kind, property.PropertyType == kind && property.GetValue(defaults) is { } value && value is not "" ? value : null);
            }
        }
    }

    [GeneratedRegex(@"^\| `(Shop:[^`]+)` \| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
