using System.Text.RegularExpressions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What resources and endpoints may be called; their names become host names, object names and variables.</summary>
internal static partial class ModelName
{
    public static void Validate(string target, string name)
    {
        ArgumentNullException.ThrowIfNull(name);

        if (!ValidName().IsMatch(name))
        {
            throw new ArgumentException(
                $"{target} name '{name}' is invalid. Name must be 1 to 64 characters long, start with an ASCII letter, contain only ASCII letters, digits and hyphens, and have no consecutive or trailing hyphens.",
                nameof(name));
        }
    }

    [GeneratedRegex(@"^(?=.{1,64}\z)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
