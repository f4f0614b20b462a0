using MassTransit;

namespace Shop.Messaging.MassTransit;

/// <summary>Names exchanges after their message type: <c>checkout-submitted</c>.</summary>
internal sealed class KebabCaseEntityNameFormatter : IEntityNameFormatter
{
    public string FormatEntityName<T>() => Format(typeof(T));

    private static string Format(Type type) => type.IsGenericType
        ? $"{KebabCase.From(type.Name[..type.Name.IndexOf('`')])}-{string.Join('-', type.GetGenericArguments().Select(Format))}"
        : KebabCase.From(type.Name);
}
