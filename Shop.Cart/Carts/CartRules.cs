namespace Shop.Cart.Carts;

/// <summary>What holds for every cart.</summary>
internal static class CartRules
{
    public const string CartIdPattern = "^[A-Za-z0-9_-]{1,64}$";
    public const string SkuPattern = "^[A-Za-z0-9-]{1,32}$";
    public const int MostPieces = 99;
}

internal readonly record struct CartLine(string Sku, int Quantity);
