namespace Shop.Storefront.Pages.Checkout;

/// <summary>The fields of the checkout form, and what is wrong with them in words.</summary>
internal static class CheckoutFields
{
    public const string Name = "name";
    public const string Address = "address";
    public const string Email = "email";
    public const string Card = "card";

    private static readonly (string Field, FieldError Error)[] _rejections =
    [
        ("recipient.name", new(Name, "Enter a name of at most 100 characters, in one line")),
        ("recipient.address", new(Address, "Enter an address of at most 300 characters")),
        ("recipient.email", new(Email, "Enter an email address in the format name@example.org")),
        ("payment", new(Card, "Choose how you want to pay")),
        ("payment.cardToken", new(Card, "Enter a card token of letters, digits, hyphens and underscores")),
    ];

    /// <summary>Returns the fields that are empty, in the order of the form.</summary>
    public static IReadOnlyList<FieldError> FindMissing(CheckoutInput form)
    {
        var errors = new List<FieldError>();
        Require(form.Name, Name, "Enter the name of the recipient");
        Require(form.Address, Address, "Enter the address that the order is shipped to");
        Require(form.Email, Email, "Enter an email address, so that we can reach you");
        if (form.ExpectedTotal is not { Amount: 0 })
        {
            Require(form.Card, Card, "Choose how you want to pay");
        }

        return errors;

        void Require(string value, string field, string text)
        {
            if (value.Length == 0)
            {
                errors.Add(new FieldError(field, text));
            }
        }
    }

    /// <summary>Returns what is wrong with the fields that the service has rejected, in the order of the form.</summary>
    /// <param name="names">The names of the fields in the request, such as <c>recipient.email</c>.</param>
    public static IReadOnlyList<FieldError> Explain(IReadOnlyCollection<string> names) =>
    [
        .. _rejections
            .Where(rejection => names.Contains(rejection.Field, StringComparer.OrdinalIgnoreCase))
            .Select(rejection => rejection.Error)
            .DistinctBy(error => error.Field),
    ];
}
