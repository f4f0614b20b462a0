using System.Text.RegularExpressions;
using MassTransit;

namespace Shop.Messaging;

/// <summary>
/// Names that a person understands in the broker's console. A message's exchange: <c>checkout-submitted</c>, and
/// <c>fault-checkout-submitted</c> for what is said when it could not be consumed. A consumer's queue: <c>orders-checkout-submitted</c>.
/// </summary>
internal sealed partial class KebabCaseEntityNameFormatter : IEntityNameFormatter
{
    public string FormatEntityName<T>() => Of(typeof(T));

    public static IEndpointNameFormatter QueuesOf(string service) => new KebabCaseEndpointNameFormatter(service, includeNamespace: false);

    private static string Of(Type type)
    {
        var name = Kebab(type.IsGenericType ? type.Name[..type.Name.IndexOf('`')] : type.Name);
        return type.IsGenericType ? $"{name}-{string.Join('-', type.GetGenericArguments().Select(Of))}" : name;
    }

    private static string Kebab(string name) => WordStart().Replace(name, "-$1").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
